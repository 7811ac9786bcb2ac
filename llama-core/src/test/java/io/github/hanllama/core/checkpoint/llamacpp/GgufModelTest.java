package io.github.hanllama.core.checkpoint.llamacpp;

import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.llama;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.llamaWithTokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.checkpoint.gguf.GgufBytes;
import io.github.hanllama.core.error.ModelFormatException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A model of one file: what is read of a sound one, and its chat template (row GG21 of the table of bad input). */
class GgufModelTest extends GgufTestCase {
    @Test
    void sound_opens() {
        try (Checkpoint model = TestModels.open(llamaWithTokens().write(folder))) {
            assertThat(model.config().headDim()).isEqualTo(4);
            assertThat(model.config().ropeTheta()).isEqualTo(10000);
            assertThat(model.config().tieWordEmbeddings()).isFalse();
            assertThat(model.tensors()).hasSize(12);
            assertThat(model.tokenizer().orElseThrow().encode("a")).containsExactly(3, 4);
            assertThat(model.companionFiles()).isEmpty();
        }
    }

    @Test
    void withoutHead_isTied() {
        try (Checkpoint model = TestModels.open(llama().remove("output.weight").write(folder))) {
            assertThat(model.config().tieWordEmbeddings()).isTrue();
            assertThat(model.tokenizer()).isEmpty();
        }
    }

    @Test
    void version2_isReadAlike() {
        try (Checkpoint model = TestModels.open(llama().version(2).write(folder))) {
            assertThat(model.tensors()).hasSize(12);
        }
    }

    @Test
    void gg21_chatTemplate_isText() {
        GgufBytes file = llamaWithTokens().text("tokenizer.chat_template", "{{ x.__class__ }}");
        try (Checkpoint model = TestModels.open(file.write(folder))) {
            assertThat(model.chatTemplate()).isEqualTo(Optional.of("{{ x.__class__ }}"));
        }
        refused(
                llamaWithTokens().text("tokenizer.chat_template", "x".repeat((1 << 20) + 1)),
                ModelFormatException.class,
                "tokenizer.chat_template: expected at most 1048576 characters");
    }
}
