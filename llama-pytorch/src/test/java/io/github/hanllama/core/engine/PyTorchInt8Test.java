package io.github.hanllama.core.engine;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.pytorch.PlannedEngine;
import io.github.hanllama.testdata.TestData;

/** Matrices of levels: tokens are rounded one by one, so rows are as independent as in f32. */
class PyTorchInt8Test implements BatchContract, CacheContract, AdapterContract {
    /**
     * A sum that differs in its last bit may be rounded to another level, of 127. With these models, 100 tokens and chunks of 1 to 39
     * that happens now and then; logits, of -4 to 4, then differ by 0.07 to 0.16, and else by nothing.
     */
    @Override
    public float tolerance() {
        return 0.2f;
    }

    @Override
    public int swaps() {
        return 50;
    }

    @Override
    public Checkpoint open(String fixture) {
        return Checkpoints.open(
                ModelSources.path(TestData.path(fixture)).resolve(ProgressListener.NONE, new Cancellation()));
    }

    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        return PlannedEngine.int8().load(checkpoint, options.threads(1));
    }

    @Override
    public LanguageModel load(String fixture, EngineOptions options) {
        try (Checkpoint checkpoint = open(fixture)) {
            checkpoint.identity();
            return load(checkpoint, options);
        }
    }

    @Override
    public LanguageModel load(String fixture) {
        return load(fixture, EngineOptions.defaults());
    }
}
