package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of the formats before GGUF give the logits that an independent program computed. */
class LegacyGgmlTest {
    private static final float TOLERANCE = 1e-4f;

    private static Checkpoint open(String name) {
        return Checkpoints.open(ModelSources.path(TestData.path("gguf/legacy/" + name + ".bin"))
                .resolve(ProgressListener.NONE, new Cancellation()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ggml_rows", "ggml", "ggmf_1", "ggjt_1", "ggjt_2", "ggjt_3"})
    void logits_ofEachFormat(String name) {
        try (LanguageModel model = Engines.named("reference").load(open(name), EngineOptions.defaults())) {
            ReferenceCase.legacyGgml(name).forEach(expected -> {
                float[] logits = new float[expected.lastLogits().size()];
                for (int i = 0; i < logits.length; i++) {
                    logits[i] = expected.lastLogits().get(i).floatValue();
                }
                assertThat(Decoding.lastLogits(model, expected.idArray()))
                        .usingComparatorWithPrecision(TOLERANCE)
                        .containsExactly(logits);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ggmf_1", "ggjt_1", "ggjt_2", "ggjt_3"})
    void tokenizer_isInside(String name) {
        String text = "Once upon a time, 白日 \n</s>";
        try (Checkpoint legacy = open(name);
                Checkpoint source = Checkpoints.open(ModelSources.path(TestData.path("synthetic/base/meta_1shard"))
                        .resolve(ProgressListener.NONE, new Cancellation()))) {
            assertThat(legacy.tokenizer().orElseThrow().encode(text))
                    .isEqualTo(source.tokenizer().orElseThrow().encode(text));
            assertThat(legacy.companionFiles()).isEmpty();
        }
    }

    @Test
    void vocabularyWithoutScores_isNoTokenizer() {
        try (Checkpoint legacy = open("ggml")) {
            assertThat(legacy.tokenizer()).isEmpty();
        }
    }
}
