package io.github.hanllama.core;

import io.github.hanllama.core.plan.ByteCount;
import io.github.hanllama.core.plan.LoadChoice;
import io.github.hanllama.core.plan.MemoryOption;
import io.github.hanllama.quant.DType;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Chooses the best way to run a model in so much memory: weights as they are stored, else in ever fewer bits; for each of
 * these, keys and values in ever fewer; and when nothing holds the whole context, a smaller one with the smallest of both.
 * What the user has set stays.
 *
 * @param context tokens that a text may take when there is memory for them
 * @param kvType the only one there is, when the user named it
 * @param fixedContext whether the user named it
 */
record LoadChooser(int context, boolean fixedContext, Optional<DType> kvType) {
    /** Fewer tokens are of no use to anybody who has not asked for them. */
    static final int MIN_CONTEXT = 512;
    /** A context is so many of these. */
    private static final int STEP = 256;

    /** Empty when even the smallest does not fit, or there is none. */
    Optional<LoadChoice> within(long maxBytes, List<MemoryOption> options) {
        return allowed(options)
                .filter(option -> option.memory().peakBytes(context) <= maxBytes)
                .findFirst()
                .map(option -> new LoadChoice(option, context, "the best that fits " + ByteCount.describe(maxBytes)))
                .or(() -> withLess(maxBytes, options));
    }

    private Optional<LoadChoice> withLess(long maxBytes, List<MemoryOption> options) {
        return smallest(options).flatMap(option -> {
            OptionalInt tokens = contextWithin(maxBytes, option);
            return tokens.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new LoadChoice(
                            option,
                            tokens.getAsInt(),
                            "the smallest there is, and a context of " + tokens.getAsInt() + " tokens instead of "
                                    + context + ", to fit " + ByteCount.describe(maxBytes)));
        });
    }

    /** The way that takes least, with the least context that would be chosen. */
    Optional<LoadChoice> closest(List<MemoryOption> options) {
        return smallest(options).map(option -> new LoadChoice(option, minContext(), "takes least"));
    }

    private OptionalInt contextWithin(long maxBytes, MemoryOption option) {
        for (int tokens = context / STEP * STEP; tokens >= minContext() && !fixedContext; tokens -= STEP) {
            if (option.memory().peakBytes(tokens) <= maxBytes) {
                return OptionalInt.of(tokens);
            }
        }
        return OptionalInt.empty();
    }

    private int minContext() {
        return fixedContext ? context : Math.min(MIN_CONTEXT, context);
    }

    private Optional<MemoryOption> smallest(List<MemoryOption> options) {
        return allowed(options)
                .min(Comparator.comparingLong(option -> option.memory().peakBytes(minContext())));
    }

    private Stream<MemoryOption> allowed(List<MemoryOption> options) {
        return options.stream().filter(option -> kvType.isEmpty() || kvType.get() == option.kvType());
    }
}
