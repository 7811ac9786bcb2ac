package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.pytorch.EagerEngine;
import org.junit.jupiter.api.Test;

/** The second implementation, without scripts, against the same reference. */
class PyTorchEagerTest extends EngineContract {
    PyTorchEagerTest() {
        super("pytorch");
    }

    @Override
    public float tolerance() {
        return 1e-4f;
    }

    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        return new EagerEngine().load(checkpoint, options.threads().isPresent() ? options : options.threads(1));
    }

    @Override
    public int swaps() {
        return 50;
    }

    @Test
    void describe_saysThatItHasNoScripts() {
        try (LanguageModel model = load("hf/gqa_bf16/base")) {
            assertThat(model.describe()).isEqualTo("pytorch: F32 weights on cpu, without scripts, 1 thread");
        }
    }
}
