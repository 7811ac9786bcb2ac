package io.github.hanllama.core.checkpoint.llamacpp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointFormat;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged files of the formats before GGUF. */
class GgmlModelTest {
    /** Places of the sizes in a file with a version. */
    private static final int VOCAB = 8;

    private static final int EMBD = 12;
    private static final int HEAD = 20;
    private static final int LAYER = 24;
    private static final int ROT = 28;
    private static final int FIRST_TOKEN = 36;

    @TempDir
    Path folder;

    private final byte[] file = read("ggjt_1");

    private static byte[] read(String name) {
        try {
            return Files.readAllBytes(TestData.path("gguf/legacy/" + name + ".bin"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void format_isSeenByContent() {
        try (Checkpoint model = TestModels.open("gguf/legacy/ggjt_3.bin")) {
            assertThat(Checkpoints.format(TestModels.files(TestData.path("gguf/legacy/ggjt_3.bin"))))
                    .isEqualTo(CheckpointFormat.GGML);
            assertThat(model.config().rmsNormEps()).isEqualTo(1e-6f);
            assertThat(model.config().numKeyValueHeads()).isEqualTo(2);
        }
    }

    @Test
    void withoutScores_warns() {
        List<String> warnings = new ArrayList<>();
        TestModels.open(TestData.path("gguf/legacy/ggml.bin"), warnings).close();
        assertThat(warnings).singleElement().asString().contains("put the tokenizer.model of the model beside it");
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 20, 40, 5000, 9000, 40000})
    void fileThatEndsEarly(int length) {
        refused(Arrays.copyOf(file, length), ModelFormatException.class, ": expected");
    }

    @Test
    void version() {
        refused(patched(4, 4), UnsupportedModelException.class, "version 4 of ggjt; expected 1 to 3");
        byte[] ggmf = patched(0, 0x67676d66);
        ggmf[4] = 2;
        refused(ggmf, UnsupportedModelException.class, "version 2 of ggmf; expected 1");
    }

    @ParameterizedTest
    @CsvSource({"0", "-1", "2147483647", "524289"})
    void vocabulary(int count) {
        refused(patched(VOCAB, count), ModelFormatException.class, "n_vocab: expected 1 to");
    }

    @Test
    void token() {
        refused(patched(FIRST_TOKEN, -1), ModelFormatException.class, "token 0: expected at most 4096 bytes, found -1");
    }

    @Test
    void sizes() {
        refused(patched(LAYER, 0), ModelFormatException.class, "n_layer: expected 1 to 1024, found 0");
        refused(patched(LAYER, 1), ModelFormatException.class, "a LLaMA with 1 layers, found also layers.1.");
        refused(patched(HEAD, 0), ModelFormatException.class, "n_rot: expected n_embd 64 / n_head 0");
        refused(patched(ROT, 8), ModelFormatException.class, "n_rot: expected n_embd 64 / n_head 4, found 8");
        refused(patched(EMBD, 128), UnsupportedModelException.class, "expected a whole model, found one part of 2");
    }

    @Test
    void tensorType() {
        refused(
                patched(firstTensor() + 8, 6),
                UnsupportedModelException.class,
                "type 6 is not supported in a file of GGJT_1");
    }

    @Test
    void tensorShape() {
        refused(patched(firstTensor(), 3), ModelFormatException.class, "tensor 0: expected 1 or 2 dimensions, found 3");
        refused(patched(firstTensor() + 12, 33), ModelFormatException.class, "expected rows of whole blocks of 32");
        refused(patched(firstTensor() + 16, -1), ModelFormatException.class, "is the download complete?");
        refused(patched(firstTensor() + 4, 1 << 20), ModelFormatException.class, "bytes of text, found 1048576");
    }

    private int firstTensor() {
        String text = new String(file, StandardCharsets.ISO_8859_1);
        return text.indexOf("tok_embeddings.weight") - 20;
    }

    private byte[] patched(int place, int value) {
        byte[] copy = file.clone();
        ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN).putInt(place, value);
        return copy;
    }

    private void refused(byte[] content, Class<? extends LlamaException> kind, String message) {
        Path path = folder.resolve("ggml-model-q4_0.bin");
        try {
            Files.write(path, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThatThrownBy(() -> TestModels.open(path).close())
                .isInstanceOf(kind)
                .hasMessageStartingWith(path.toString())
                .hasMessageContaining(message);
    }
}
