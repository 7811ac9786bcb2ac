package io.github.hanllama.core.engine.reference;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.support.EngineModel;

/** Plain loops over f32 weights on the calling thread; the {@code threads} option changes nothing. */
public final class ReferenceEngine implements Engine {
    @Override
    public String name() {
        return "reference";
    }

    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        return new EngineModel<>(
                checkpoint,
                "reference: plain loops, f32 weights, f64 sums, one thread",
                new ReferenceDecoder(checkpoint.config(), ReferenceWeights.load(checkpoint, options), options.kvType()),
                options.maxKvBytes());
    }
}
