package io.github.hanllama.core.engine;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.testdata.TestData;

/** What every engine must do: subclass it with the engine's name and no more. */
abstract class EngineContract implements LogitsContract, BatchContract, CacheContract, LifecycleContract {
    private final String engine;

    EngineContract(String engine) {
        this.engine = engine;
    }

    @Override
    public Checkpoint open(String fixture) {
        return new TinyCheckpoint(TestData.path(fixture));
    }

    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        return Engines.named(engine).load(checkpoint, options);
    }

    @Override
    public LanguageModel load(String fixture, EngineOptions options) {
        try (Checkpoint checkpoint = open(fixture)) {
            return load(checkpoint, options);
        }
    }

    @Override
    public LanguageModel load(String fixture) {
        return load(fixture, EngineOptions.defaults());
    }
}
