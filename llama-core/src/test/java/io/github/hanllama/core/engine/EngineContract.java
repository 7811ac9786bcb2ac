package io.github.hanllama.core.engine;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.testdata.TestData;

/** What every engine must do: subclass it with the engine's name and no more. */
abstract class EngineContract
        implements LogitsContract, BatchContract, CacheContract, LifecycleContract, AdapterContract {
    private final String engine;

    EngineContract(String engine) {
        this.engine = engine;
    }

    @Override
    public Checkpoint open(String fixture) {
        return Checkpoints.open(
                ModelSources.path(TestData.path(fixture)).resolve(ProgressListener.NONE, new Cancellation()));
    }

    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        return Engines.named(engine).load(checkpoint, options);
    }

    @Override
    public LanguageModel load(String fixture, EngineOptions options) {
        try (Checkpoint checkpoint = open(fixture)) {
            checkpoint.identity(); // remembered, so that caches can be exchanged once it is closed
            return load(checkpoint, options);
        }
    }

    @Override
    public LanguageModel load(String fixture) {
        return load(fixture, EngineOptions.defaults());
    }
}
