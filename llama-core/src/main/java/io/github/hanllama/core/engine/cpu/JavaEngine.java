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
        int threads = options.threads().orElseGet(EngineOptions::defaultThreads);
        Team team = new Team(threads);
        try {
            return load(checkpoint, options, team);
        } catch (RuntimeException | Error e) {
            team.close();
            throw e;
        }
    }

    private static LanguageModel load(Checkpoint checkpoint, EngineOptions options, Team team) {
        JavaWeights weights = JavaWeights.load(checkpoint, options, team);
        try {
            if (options.warmUp()) {
                warmUp(checkpoint, options, weights);
            }
            return model(checkpoint, options, weights, team);
        } catch (RuntimeException | Error e) {
            weights.close();
            throw e;
        }
    }

    /** With one thread: what takes the time is the compiler, and it needs a core. */
    private static void warmUp(Checkpoint checkpoint, EngineOptions options, JavaWeights weights) {
        try (Team alone = new Team(1)) {
            JavaWeights sample = weights.sample();
            WarmUp.run(model(checkpoint, options, sample, alone), sample.multiplications(), options);
        }
    }

    /** Closing it frees the weights and ends the team. */
    private static LanguageModel model(Checkpoint checkpoint, EngineOptions options, JavaWeights weights, Team team) {
        return new EngineModel<>(
                checkpoint,
                "java: " + weights.types() + " weights, " + Kernels.description() + " kernels, " + team.size()
                        + (team.size() == 1 ? " thread" : " threads"),
                new JavaDecoder(checkpoint.config(), weights, team, options),
                options.maxKvBytes());
    }

    @Override
    public List<MemoryEstimate> memory(Checkpoint checkpoint, EngineOptions options) {
        return List.of(JavaMemory.estimate(checkpoint, options));
    }
}
