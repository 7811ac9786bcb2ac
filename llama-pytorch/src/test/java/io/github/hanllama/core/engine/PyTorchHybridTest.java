package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.testdata.TestData;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a prompt leaves in libtorch goes on in the java engine, and back for the next prompt. */
class PyTorchHybridTest {
    private static final EngineOptions OPTIONS =
            EngineOptions.defaults().threads(1).exactActivations(true);

    private final Checkpoint checkpoint = Checkpoints.open(
            ModelSources.path(TestData.path("hf/gqa_bf16/base")).resolve(ProgressListener.NONE, new Cancellation()));

    @Test
    void promptTextPromptText_areThoseOfOneEngine() {
        try (LanguageModel hybrid = Engines.named("hybrid").load(checkpoint, OPTIONS);
                LanguageModel java = Engines.named("java").load(checkpoint, OPTIONS);
                Session mixed = Decoding.session(hybrid);
                Session plain = Decoding.session(java)) {
            for (int round = 0; round < 2; round++) {
                assertNear(mixed.prefill(BatchContract.ids(50)), plain.prefill(BatchContract.ids(50)));
                for (int id : List.of(3, 44, 17)) {
                    assertNear(mixed.decode(id), plain.decode(id));
                }
            }
        }
    }

    @Test
    void describe_namesBoth() {
        try (LanguageModel model = Engines.named("hybrid").load(checkpoint, OPTIONS)) {
            assertThat(model.describe())
                    .startsWith("hybrid: prompts by pytorch: F32 weights on cpu, 1 thread; generated tokens by java: ");
        }
    }

    private static void assertNear(float[] actual, float[] expected) {
        assertThat(actual).usingComparatorWithPrecision(1e-4f).containsExactly(expected);
    }
}
