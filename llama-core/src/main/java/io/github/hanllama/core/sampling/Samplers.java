package io.github.hanllama.core.sampling;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Makes samplers, one per sequence.
 *
 * <pre>{@code
 * Sampler sampler = Samplers.create(SamplingOptions.builder().temperature(0.8).topP(0.95).seed(42).build());
 * }</pre>
 *
 * The random numbers are SplitMix64 (Steele, Lea and Flood 2014, as in {@link java.util.SplittableRandom}), one number
 * for each chosen id, so a seed gives the same text on every machine and in every version. Greedy sampling takes the
 * lowest id among equal logits and no random number.
 */
public final class Samplers {
    private Samplers() {}

    /** A sampler for a new sequence. */
    public static Sampler create(SamplingOptions options) {
        long seed = options.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong());
        return new OptionsSampler(options, new SplitMix64(seed));
    }
}
