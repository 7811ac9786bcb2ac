package io.github.hanllama.core.engine;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.pytorch.PlannedEngine;
import io.github.hanllama.testdata.TestData;

/** The same levels without the operator, over two devices: everything in f32. */
class PyTorchInt4PlainTest implements BatchContract, AdapterContract {
    @Override
    public float tolerance() {
        return 1e-4f;
    }

    @Override
    public int swaps() {
        return 20;
    }

    private static Checkpoint open(String fixture) {
        return Checkpoints.open(
                ModelSources.path(TestData.path(fixture)).resolve(ProgressListener.NONE, new Cancellation()));
    }

    @Override
    public LanguageModel load(String fixture, EngineOptions options) {
        return PlannedEngine.int4Plain().load(open(fixture), options.threads(1));
    }

    @Override
    public LanguageModel load(String fixture) {
        return load(fixture, EngineOptions.defaults());
    }
}
