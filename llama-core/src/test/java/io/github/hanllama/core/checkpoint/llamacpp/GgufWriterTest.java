package io.github.hanllama.core.checkpoint.llamacpp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.ChatTemplateText;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.checkpoint.Verification;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.WriteReport;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.quantize.QuantOptions;
import io.github.hanllama.core.quantize.QuantizedCheckpoint;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.testdata.TestData;
import io.github.hanllama.tokenizer.GgufVocabulary;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufWriterTest {
    private static final WriteOptions OPTIONS = WriteOptions.DEFAULT.threads(2);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "synthetic/base/hf_safetensors_f32",
                "synthetic/base/hf_safetensors_bf16_2shard",
                "synthetic/base/meta_2shard",
                "models/stories260k-hf",
                "hf/llama31_tied/base",
                "hf/attn_bias/base",
                "hf/rope_yarn/base",
                "hf/rope_linear/base",
                "gguf/tiny-llama-q4_0.gguf",
                "gguf/wide_256/Q4_K_M.gguf"
            })
    void written_isTheSameModel(String fixture) {
        Path file = folder.resolve("model.gguf");
        try (Checkpoint source = TestModels.open(fixture)) {
            CheckpointWriter.gguf().write(source, file, OPTIONS);
            try (Checkpoint written = TestModels.open(file)) {
                assertSame(written, source);
            }
        }
        assertThat(verify(file).differences()).isEmpty();
        assertThat(TestModels.sorted(folder)).containsExactly(file);
    }

    /** Every matrix bit for bit; vectors, which are written in F32, by their values. */
    private static void assertSame(Checkpoint written, Checkpoint source) {
        assertThat(comparable(written.config())).isEqualTo(comparable(source.config()));
        TestModels.assertSameValues(written, source);
        for (TensorInfo info : source.tensors()) {
            if (info.shape().size() > 1) {
                assertThat(stored(written.tensor(info.name()))).isEqualTo(stored(source.tensor(info.name())));
            }
        }
        assertThat(written.chatTemplate()).isEqualTo(ChatTemplateText.of(source));
        assertThat(written.tokenizer().map(GgufVocabulary::of))
                .isEqualTo(source.tokenizer().map(GgufVocabulary::of));
    }

    /** Old conversions say that padding is token 0, which is the unknown one; what counts is what the tokenizer says. */
    private static LlamaConfig comparable(LlamaConfig config) {
        return config.toBuilder()
                .dtype(Optional.empty())
                .padTokenId(OptionalInt.empty())
                .build();
    }

    private static String stored(Tensor tensor) {
        StringBuilder hex = new StringBuilder(tensor.info().dtype().name());
        tensor.readStoredRows(
                0,
                tensor.info().rows(),
                (first, count, bytes) -> hex.append(HexFormat.of().formatHex(bytes.toArray(ValueLayout.JAVA_BYTE))));
        return hex.toString();
    }

    /** As llama.cpp names and numbers them; the vocabulary is in the first alone. */
    @ParameterizedTest
    @ValueSource(strings = {"models/stories260k-hf", "gguf/wide_256/Q4_K_M.gguf", "hf/llama31_tied/base"})
    void parts_areTheSameModel(String fixture) {
        Path parts = folder.resolve("parts");
        try (Checkpoint source = TestModels.open(fixture)) {
            WriteReport report = CheckpointWriter.ggufParts().write(source, parts, OPTIONS.maxShardBytes(100_000));
            assertThat(report.files()).hasSizeGreaterThan(3).contains(parts.resolve("hanllama-merge.json"));
            assertThat(report.files().get(1).getFileName().toString()).matches("parts-00001-of-000\\d\\d\\.gguf");
            try (Checkpoint written = TestModels.open(parts)) {
                assertSame(written, source);
            }
        }
        assertThat(verify(parts).differences()).isEmpty();
    }

    @Test
    void oneTensorIsLargerThanAPart_butHasOneOfItsOwn() {
        Path parts = folder.resolve("parts");
        try (Checkpoint source = TestModels.open(TestModels.F32)) {
            CheckpointWriter.ggufParts().write(source, parts, OPTIONS.maxShardBytes(1));
            try (Checkpoint written = TestModels.open(parts)) {
                assertThat(written.weightFiles()).hasSameSizeAs(source.tensors());
                TestModels.assertSameValues(written, source);
            }
        }
    }

    @Test
    void partThatHoldsAll_isNotNumbered() {
        Path parts = folder.resolve("parts");
        try (Checkpoint source = TestModels.open(TestModels.F32)) {
            CheckpointWriter.ggufParts().write(source, parts, OPTIONS);
        }
        assertThat(parts.resolve("parts.gguf")).exists();
        TestModels.open(parts).close();
    }

    @Test
    void vectors_comeBackInTheirType() {
        Path file = folder.resolve("model.gguf");
        try (Checkpoint source = TestModels.open("hf/mha/base")) {
            CheckpointWriter.gguf().write(source, file, OPTIONS);
            try (Checkpoint written = TestModels.open(file)) {
                assertThat(written.tensor(TensorNames.NORM).info().dtype()).isEqualTo(DType.F32);
                assertThat(written.writtenType(TensorNames.NORM)).isEqualTo(DType.F16);
                CheckpointWriter.safetensors().write(written, folder.resolve("hf"), OPTIONS);
            }
            try (Checkpoint back = TestModels.open(folder.resolve("hf"))) {
                assertThat(back.tensors()).containsExactlyInAnyOrderElementsOf(source.tensors());
                assertThat(back.identity()).isEqualTo(source.identity());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "Q8_0", "Q3_K_L", "Q4_K_S", "Q4_K_M", "Q6_K"})
    void recipe_isNamed(QuantRecipe recipe) {
        Path file = folder.resolve("model.gguf");
        Path copy = folder.resolve("copy.gguf");
        try (Checkpoint source = QuantizedCheckpoint.of(TestModels.open("hf/wide_256/base"), QuantOptions.of(recipe))) {
            CheckpointWriter.gguf().write(source, file, OPTIONS);
        }
        try (Checkpoint written = TestModels.open(file)) {
            assertThat(written.recipe()).hasValue(recipe);
            CheckpointWriter.gguf().write(written, copy, OPTIONS);
        }
        try (Checkpoint again = TestModels.open(copy)) {
            assertThat(again.recipe()).hasValue(recipe);
        }
    }

    @Test
    void withoutRecipe_itIsWhatMostTensorsAre() {
        Path file = folder.resolve("model.gguf");
        try (Checkpoint source = TestModels.open("hf/gqa_bf16/base")) {
            CheckpointWriter.gguf().write(source, file, OPTIONS);
        }
        try (Checkpoint written = TestModels.open(file)) {
            assertThat(written.recipe()).hasValue(QuantRecipe.BF16);
        }
    }

    @Test
    void tokenizerInside_comesOutAgain() {
        Path file = folder.resolve("model.gguf");
        try (Checkpoint source = TestModels.open("models/stories260k-hf")) {
            CheckpointWriter.gguf().write(source, file, OPTIONS);
        }
        try (Checkpoint inside = TestModels.open(file)) {
            CheckpointWriter.safetensors().write(inside, folder.resolve("hf"), OPTIONS);
            try (Checkpoint beside = TestModels.open(folder.resolve("hf"))) {
                assertThat(beside.tokenizer().map(GgufVocabulary::of))
                        .isEqualTo(inside.tokenizer().map(GgufVocabulary::of));
                assertThat(beside.companionFiles()).hasSize(2);
            }
        }
    }

    @Test
    void dtype_isWritten() {
        Path file = folder.resolve("half.gguf");
        try (Checkpoint source = TestModels.open(TestModels.F32)) {
            CheckpointWriter.gguf().write(source, file, OPTIONS.dtype(DType.F16));
            try (Checkpoint written = TestModels.open(file)) {
                assertThat(written.tensor(TensorNames.EMBED_TOKENS).info().dtype())
                        .isEqualTo(DType.F16);
                assertThat(written.tensor(TensorNames.NORM).info().dtype()).isEqualTo(DType.F32);
                TestModels.assertSameValues(written, source);
            }
        }
    }

    @Test
    void chatTemplate_ofFilesBeside_isInside() throws IOException {
        TestModels.copy(TestModels.F32, folder);
        Files.writeString(folder.resolve("chat_template.jinja"), "{{ messages }}");
        Path file = folder.resolve("chat.gguf");
        try (Checkpoint source = TestModels.open(folder)) {
            CheckpointWriter.gguf().write(source, file, OPTIONS);
        }
        try (Checkpoint written = TestModels.open(file)) {
            assertThat(written.chatTemplate()).isEqualTo(Optional.of("{{ messages }}"));
        }
    }

    @Test
    void dynamicScaling_hasNoWords() {
        try (Checkpoint source = TestModels.open("hf/rope_dynamic/base")) {
            assertThatThrownBy(() -> CheckpointWriter.gguf().write(source, folder.resolve("model.gguf"), OPTIONS))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("GGUF has no words for dynamic rope scaling");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void fileThatIsThere_stays() throws IOException {
        Path file = Files.writeString(folder.resolve("model.gguf"), "mine");
        try (Checkpoint source = TestModels.open(TestModels.F32)) {
            assertThatThrownBy(() -> CheckpointWriter.gguf().write(source, file, OPTIONS))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected the name of a new file");
        }
        assertThat(file).hasContent("mine");
    }

    @Test
    void cancelled_leavesNothing() {
        Cancellation cancellation = new Cancellation();
        WriteOptions options = OPTIONS.cancellation(cancellation).listener(progress -> cancellation.cancel());
        try (Checkpoint source = TestModels.open(TestModels.F32)) {
            assertThatThrownBy(() -> CheckpointWriter.gguf().write(source, folder.resolve("model.gguf"), options))
                    .isInstanceOf(CancellationException.class);
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void twice_isEqual() {
        try (Checkpoint source = TestModels.open("gguf/wide_256/Q4_K_M.gguf")) {
            WriteReport one = CheckpointWriter.gguf().write(source, folder.resolve("a/model.gguf"), OPTIONS);
            WriteReport other =
                    CheckpointWriter.gguf().write(source, folder.resolve("b/model.gguf"), OPTIONS.threads(1));
            assertThat(one.files().getFirst())
                    .hasSameBinaryContentAs(other.files().getFirst());
            assertThat(one.contentSha256()).isEqualTo(other.contentSha256());
        }
    }

    @Test
    void verify_findsWhatChanged() throws IOException {
        Path file = folder.resolve("model.gguf");
        try (Checkpoint source = TestModels.open(TestModels.F32)) {
            CheckpointWriter.gguf().write(source, file, OPTIONS);
        }
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 100] ^= 1; // in the last tensor
        Files.write(file, bytes);
        assertThat(verify(file).differences()).containsExactly("model.gguf: changed: output.weight differs");
        bytes[bytes.length - 100] ^= 1;
        String head = new String(bytes, StandardCharsets.ISO_8859_1);
        bytes[head.indexOf("llama.context_length") + 24] ^= 1;
        Files.write(file, bytes);
        assertThat(verify(file).differences())
                .containsExactly("model.gguf: changed: its head is not as it was written");
    }

    @Test
    void verify_withoutHashes() {
        assertThatThrownBy(() -> verify(TestData.path("gguf/tiny-llama-q4_0.gguf")))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("nothing to verify by");
    }

    private static Verification verify(Path file) {
        return Verification.of(file, ProgressListener.NONE, new Cancellation());
    }
}
