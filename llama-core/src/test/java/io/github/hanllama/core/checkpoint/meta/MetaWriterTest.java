package io.github.hanllama.core.checkpoint.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.MetaLayout;
import io.github.hanllama.core.checkpoint.MetaLayout.EmbeddingSplit;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.checkpoint.TorchFile;
import io.github.hanllama.core.checkpoint.UnevenRows;
import io.github.hanllama.core.checkpoint.Verification;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.WriteReport;
import io.github.hanllama.core.checkpoint.identity.ContentDigest;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.RopeScaling;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What torch and Meta's own loading make of the files is checked by {@code tools/check/meta_load.py}. */
class MetaWriterTest {
    private static final WriteOptions OPTIONS = WriteOptions.DEFAULT.threads(3);

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "synthetic/base/hf_safetensors_f32, 1",
        "synthetic/base/hf_safetensors_f32, 2",
        "synthetic/base/hf_safetensors_bf16_2shard, 2",
        "synthetic/base/hf_bin_2shard, 1",
        "synthetic/base/meta_1shard, 2",
        "synthetic/base/meta_2shard, 1",
        "synthetic/merged_ab/meta_2shard_f16, 2",
        "hf/mha/base, 1",
        "hf/mha/base, 2",
        "hf/mha/base, 4",
        "hf/gqa_bf16/base, 2",
        "hf/llama31_tied/base, 1",
        "hf/rope_linear/base, 1",
        "hf/rope_yarn/base, 2",
        "hf/rope_dynamic/base, 1",
        "models/stories260k-hf, 4"
    })
    void written_isTheSameModel(String fixture, int files) {
        Path output = folder.resolve("meta");
        try (Checkpoint source = TestModels.open(fixture)) {
            CheckpointWriter.meta(MetaLayout.DEFAULT.files(files)).write(source, output, OPTIONS);
            try (Checkpoint written = TestModels.open(output)) {
                assertThat(written.config()).isEqualTo(expected(source));
                assertThat(written.weightFiles()).hasSize(files);
                assertThat(written.tensors()).containsExactlyInAnyOrderElementsOf(source.tensors());
                for (TensorInfo info : source.tensors()) {
                    assertThat(ContentDigest.of(written.tensor(info.name())))
                            .as(info.name())
                            .isEqualTo(ContentDigest.of(source.tensor(info.name())));
                }
                assertThat(written.tokenizer().isPresent())
                        .isEqualTo(source.tokenizer().isPresent());
            }
        }
        assertThat(verify(output).differences()).isEmpty();
    }

    /** Files say what a configuration may leave out. */
    private static LlamaConfig expected(Checkpoint source) {
        DType dtype = source.tensor(TensorNames.EMBED_TOKENS).info().dtype();
        return source.config().toBuilder().dtype(Optional.of(dtype)).build();
    }

    /** Bit for bit what the same scripts that made the fixtures wrote, part by part. */
    @ParameterizedTest
    @CsvSource({
        "synthetic/base/meta_1shard, 1",
        "synthetic/base/meta_2shard, 2",
        "synthetic/merged_ab/meta_2shard_f16, 2"
    })
    void parts_areThoseOfTheFixture(String fixture, int files) {
        Path output = write(fixture, MetaLayout.DEFAULT.files(files));
        for (int i = 0; i < files; i++) {
            String name = String.format(Locale.ROOT, "consolidated.%02d.pth", i);
            try (TorchFile expected = TorchFile.open(TestData.path(fixture).resolve(name));
                    TorchFile actual = TorchFile.open(output.resolve(name))) {
                for (TensorInfo info : expected.tensors()) {
                    if (MetaNames.isIgnored(info.name())) {
                        continue;
                    }
                    assertThat(actual.tensor(info.name()).info()).isEqualTo(info);
                    assertThat(ContentDigest.of(actual.tensor(info.name())))
                            .as(name + " " + info.name())
                            .isEqualTo(ContentDigest.of(expected.tensor(info.name())));
                }
            }
        }
    }

    @Test
    void vocabularyThatDoesNotDivide_byEitherRule() {
        String fixture = "synthetic/merged_ab/meta_2shard_f16";
        assertThat(headRows(write(fixture, MetaLayout.DEFAULT.files(2)))).containsExactly(320L, 321L);
        MetaLayout chunks = MetaLayout.DEFAULT.files(2).vocabulary(UnevenRows.LAST_FEWER);
        Path output = folder.resolve("chunks");
        try (Checkpoint source = TestModels.open(fixture)) {
            CheckpointWriter.meta(chunks).write(source, output, OPTIONS);
            try (Checkpoint written = TestModels.open(output)) {
                assertThat(written.identity()).isEqualTo(source.identity());
            }
        }
        assertThat(headRows(output)).containsExactly(321L, 320L);
    }

    private static List<Long> headRows(Path output) {
        return TestModels.sorted(output).stream()
                .filter(file -> file.toString().endsWith(".pth"))
                .map(file -> rows(file, "output.weight"))
                .toList();
    }

    private static long rows(Path file, String name) {
        try (TorchFile opened = TorchFile.open(file)) {
            return opened.tensor(name).info().rows();
        }
    }

    @ParameterizedTest
    @EnumSource(EmbeddingSplit.class)
    void embedding_byEitherAxis(EmbeddingSplit split) {
        Path output = write("hf/gqa_bf16/base", MetaLayout.DEFAULT.files(2).embedding(split));
        try (Checkpoint source = TestModels.open("hf/gqa_bf16/base");
                Checkpoint written = TestModels.open(output)) {
            TestModels.assertSameValues(written, source);
            long rows = source.config().vocabSize();
            assertThat(rows(output.resolve("consolidated.01.pth"), MetaNames.EMBEDDING))
                    .isEqualTo(split == EmbeddingSplit.ROWS ? rows / 2 : rows);
        }
    }

    @Test
    void headsThatDoNotDivide_areRefused() {
        try (Checkpoint source = TestModels.open(TestModels.F32)) {
            refused(source, 3, "hidden_size: expected a number that 3 files can share, found 64");
            refused(source, 4, "num_key_value_heads: expected a number that 4 files can share, found 2");
        }
        try (Checkpoint source = TestModels.open("hf/attn_bias/base")) {
            refused(source, 1, "Meta's format has no names for biases, which the model has");
        }
        try (Checkpoint source = TestModels.open("gguf/tiny-llama-q4_0.gguf")) {
            refused(source, 1, "Meta's format cannot hold Q4_0; choose a dtype to write");
        }
        assertThat(folder).isEmptyDirectory();
    }

    private void refused(Checkpoint source, int files, String message) {
        CheckpointWriter writer = CheckpointWriter.meta(MetaLayout.DEFAULT.files(files));
        assertThatThrownBy(() -> writer.write(source, folder.resolve("meta"), OPTIONS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void whatParamsCannotSay_isReportedAndKept() throws IOException {
        Path output = folder.resolve("meta");
        WriteReport report;
        try (Checkpoint source = TestModels.open("hf/rope_linear/base")) {
            report = CheckpointWriter.meta().write(source, output, OPTIONS);
        }
        assertThat(report.notes())
                .anyMatch(
                        note -> note.startsWith("rope_scaling is {") && note.endsWith(", the format alone gives null"));
        assertThat(Files.readString(output.resolve("hanllama-merge.json"))).contains("\"not_in_the_format\"");
        TestModels.edit(output.resolve("params.json"), json -> json.replace("\"n_layers\"", "\"n_layers\" "));
        try (Checkpoint edited = TestModels.open(output)) { // then params.json counts, and says nothing of it
            assertThat(edited.config().ropeScaling()).isEqualTo(RopeScaling.NONE);
        }
    }

    @Test
    void dtype_isWritten() {
        Path output = folder.resolve("half");
        try (Checkpoint source = TestModels.open("gguf/tiny-llama-q4_0.gguf")) {
            CheckpointWriter.meta().write(source, output, OPTIONS.dtype(DType.F32));
            try (Checkpoint written = TestModels.open(output)) {
                TestModels.assertSameValues(written, source);
            }
        }
    }

    @Test
    void changedPart_isNamed() throws IOException {
        Path output = write(TestModels.F32, MetaLayout.DEFAULT.files(2));
        Path file = output.resolve("consolidated.01.pth");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertThat(verify(output).differences())
                .hasSize(2)
                .anyMatch(line -> line.startsWith("consolidated.01.pth: first layers."));
    }

    @Test
    void cancelled_leavesNothing() {
        Cancellation cancellation = new Cancellation();
        WriteOptions options = OPTIONS.cancellation(cancellation).listener(progress -> cancellation.cancel());
        try (Checkpoint source = TestModels.open(TestModels.F32)) {
            assertThatThrownBy(() -> CheckpointWriter.meta().write(source, folder.resolve("meta"), options))
                    .isInstanceOf(CancellationException.class);
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void twice_isEqual_andContentDoesNotDependOnTheFiles() {
        try (Checkpoint source = TestModels.open("hf/mha/base")) {
            CheckpointWriter two = CheckpointWriter.meta(MetaLayout.DEFAULT.files(2));
            WriteReport one = CheckpointWriter.meta().write(source, folder.resolve("one"), OPTIONS);
            WriteReport first = two.write(source, folder.resolve("first"), OPTIONS);
            WriteReport again = two.write(source, folder.resolve("again"), OPTIONS.threads(1));
            assertThat(first.contentSha256()).isEqualTo(one.contentSha256());
            for (Path file : again.files()) {
                assertThat(file).hasSameBinaryContentAs(folder.resolve("first").resolve(file.getFileName()));
            }
        }
    }

    private Path write(String fixture, MetaLayout layout) {
        Path output = folder.resolve("out");
        try (Checkpoint source = TestModels.open(fixture)) {
            CheckpointWriter.meta(layout).write(source, output, OPTIONS);
        }
        return output;
    }

    private static Verification verify(Path path) {
        return Verification.of(path, ProgressListener.NONE, new Cancellation());
    }
}
