package io.github.hanllama.core;

import io.github.hanllama.core.plan.LoadChoice;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a load does beside what was set, because memory is bounded.
 *
 * @param engine the name of the first to try
 */
record Tuning(
        Optional<QuantRecipe> recipe,
        Optional<DType> kvType,
        OptionalInt context,
        OptionalLong maxKvBytes,
        Optional<String> engine) {
    static final Tuning NONE =
            new Tuning(Optional.empty(), Optional.empty(), OptionalInt.empty(), OptionalLong.empty(), Optional.empty());

    Tuning with(Optional<QuantRecipe> value) {
        return new Tuning(value, kvType, context, maxKvBytes, engine);
    }

    /** Caches may take what the rest leaves. */
    static Tuning of(LoadChoice choice, long maxMemory) {
        return new Tuning(
                choice.option().recipe(),
                Optional.of(choice.option().kvType()),
                OptionalInt.of(choice.maxSequenceLength()),
                OptionalLong.of(maxMemory - choice.option().memory().loadBytes()),
                Optional.of(choice.option().memory().engine()));
    }
}
