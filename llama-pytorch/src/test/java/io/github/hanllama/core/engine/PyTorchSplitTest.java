package io.github.hanllama.core.engine;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.pytorch.PlannedEngine;
import io.github.hanllama.testdata.TestData;
import org.junit.jupiter.api.Test;

/** Layers over two devices: two parts of the processor's memory, since there may be no other. */
class PyTorchSplitTest implements CacheContract, AdapterContract {
    @Override
    public float tolerance() {
        return 1e-4f;
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
        return PlannedEngine.split().load(checkpoint, options.threads(1));
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

    @Test
    void logits_asOnOneDevice() {
        for (String fixture : new String[] {"hf/llama31_tied/base", "hf/gqa_bf16/base"}) {
            try (Checkpoint checkpoint = open(fixture);
                    LanguageModel split = load(checkpoint, EngineOptions.defaults());
                    LanguageModel whole = Engines.named("reference").load(checkpoint, EngineOptions.defaults())) {
                assertSame(
                        Decoding.outputs(split, Output.LOGITS, BatchContract.ids(70)),
                        Decoding.outputs(whole, Output.LOGITS, BatchContract.ids(70)));
            }
        }
    }
}
