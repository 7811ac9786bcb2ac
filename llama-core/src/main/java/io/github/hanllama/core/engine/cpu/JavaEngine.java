package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.core.engine.support.EngineModel;
import io.github.hanllama.quant.Kernels;
import java.util.List;

/** All cores and vector units; weights outside the heap, in the type they are stored in. */
public final class JavaEngine implements Engine {
    static final String NAME = "java";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        LanguageModel model = model(checkpoint, options);
        try {
            if (options.warmUp()) {
                WarmUp.run(model, options);
            }
            return model;
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    @Override
    public List<MemoryEstimate> memory(Checkpoint checkpoint, EngineOptions options) {
        return List.of(JavaMemory.estimate(checkpoint, options));
    }

    private static LanguageModel model(Checkpoint checkpoint, EngineOptions options) {
        int threads = options.threads().orElseGet(EngineOptions::defaultThreads);
        Team team = new Team(threads);
        try {
            JavaWeights weights = JavaWeights.load(checkpoint, options, team);
            return new EngineModel<>(
                    checkpoint,
                    "java: " + weights.types() + " weights, " + Kernels.description() + " kernels, " + threads
                            + (threads == 1 ? " thread" : " threads"),
                    new JavaDecoder(checkpoint.config(), weights, team, options),
                    options.maxKvBytes());
        } catch (RuntimeException | Error e) {
            team.close();
            throw e;
        }
    }
}
