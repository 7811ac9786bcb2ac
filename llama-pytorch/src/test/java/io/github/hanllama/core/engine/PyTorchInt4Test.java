package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.pytorch.PlannedEngine;
import io.github.hanllama.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Levels of Q4_0: prompts in f32, generated tokens by libtorch's operator, whose results are bf16. */
class PyTorchInt4Test implements BatchContract, CacheContract, AdapterContract {
    private static final float EXACT = 1e-4f;

    /** A sum that differs in its last bit may be rounded to another bf16. */
    @Override
    public float tolerance() {
        return 2e-2f;
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
        return PlannedEngine.int4().load(checkpoint, options.threads(1));
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

    /** However short the chunks are: that a prompt is one decides, not how much of it runs together. */
    @ParameterizedTest
    @CsvSource({"hf/gqa_bf16/base, 1", "hf/wide_256/base, 7", "models/stories260k-hf, 33"})
    void prompt_inChunks_isComputedInF32(String fixture, int chunk) {
        int[] ids = BatchContract.ids(70);
        try (LanguageModel model = load(fixture);
                Session session = Decoding.session(model)) {
            assertThat(Decoding.prefillInChunks(model, session.cache(), chunk, ids))
                    .usingComparatorWithPrecision(EXACT)
                    .containsExactly(Decoding.lastLogits(model, ids));
        }
    }

    @Test
    void describe_namesTheType() {
        try (LanguageModel model = load("hf/wide_256/base")) {
            assertThat(model.describe()).isEqualTo("pytorch: INT4 weights on cpu, 1 thread");
        }
    }
}
