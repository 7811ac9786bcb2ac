package io.github.hanllama.core.checkpoint.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.checkpoint.TorchFile;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.WriteReport;
import io.github.hanllama.core.checkpoint.write.ShardLayout;
import io.github.hanllama.core.checkpoint.write.TorchLayout;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.quant.DType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What torch and transformers make of the files is checked by {@code tools/check/torch_load.py}. */
class BinWriterTest {
    private static final String MERGED = "synthetic/merged_a/hf_safetensors_f32";
    private static final WriteOptions OPTIONS = WriteOptions.DEFAULT.threads(3);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                MERGED,
                TestModels.SHARDED,
                TestModels.BIN,
                "synthetic/base/meta_2shard",
                "hf/llama31_tied/base",
                "models/stories260k-hf"
            })
    void write_holdsWhatWasRead(String fixture) {
        Path output = folder.resolve("out");
        try (Checkpoint original = TestModels.open(fixture)) {
            WriteReport report = CheckpointWriter.bin().write(original, output, OPTIONS);
            try (Checkpoint written = TestModels.open(output)) {
                assertThat(written.config()).isEqualTo(original.config());
                assertThat(written.tensors()).containsExactlyElementsOf(original.tensors());
                assertThat(written.identity()).isEqualTo(original.identity());
            }
            assertThat(report.files()).containsExactlyElementsOf(TestModels.sorted(output));
            assertThat(output.resolve("pytorch_model.bin")).exists();
        }
        assertThat(TestModels.sorted(folder)).containsExactly(output);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "F64"})
    void write_asAnyFloatingPointType(DType dtype) {
        Path bin = write(OPTIONS.dtype(dtype));
        try (Checkpoint written = TestModels.open(bin);
                Checkpoint original = TestModels.open(MERGED)) {
            assertThat(written.tensors())
                    .allSatisfy(info -> assertThat(info.dtype()).isEqualTo(dtype));
            if (dtype != DType.BF16 && dtype != DType.F16) {
                TestModels.assertSameValues(written, original);
            }
        }
    }

    @Test
    void archive_isStoredAlignedAndSound() throws IOException {
        Path file = write(OPTIONS).resolve("pytorch_model.bin");
        byte[] bytes = Files.readAllBytes(file);
        try (ZipFile zip = new ZipFile(file.toFile());
                TorchFile torch = TorchFile.open(file)) {
            List<? extends ZipEntry> entries = Collections.list(zip.entries());
            assertThat(entries).hasSize(24);
            assertThat(entries.getFirst().getName()).isEqualTo("archive/data.pkl");
            for (ZipEntry entry : entries) {
                assertThat(entry.getMethod()).isEqualTo(ZipEntry.STORED);
                CRC32 crc = new CRC32();
                crc.update(zip.getInputStream(entry).readAllBytes());
                assertThat(crc.getValue()).as(entry.getName()).isEqualTo(entry.getCrc());
            }
            for (TensorInfo info : torch.tensors()) {
                byte[] data = torch.tensor(info.name()).raw().orElseThrow().toArray(ValueLayout.JAVA_BYTE);
                int at = indexOf(bytes, data);
                assertThat(at % 64).as(info.name()).isZero();
            }
        }
    }

    private static int indexOf(byte[] bytes, byte[] part) {
        for (int at = 0; at <= bytes.length - part.length; at++) {
            if (Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
        throw new AssertionError("not in the file");
    }

    @Test
    void write_inShards_withAnIndex() throws IOException {
        Path output = write(OPTIONS.maxShardBytes(200_000));
        JsonNode index = new JsonMapper()
                .readTree(output.resolve("pytorch_model.bin.index.json").toFile());
        try (Checkpoint original = TestModels.open(MERGED);
                Checkpoint written = TestModels.open(output)) {
            long bytes =
                    original.tensors().stream().mapToLong(TensorInfo::bytes).sum();
            assertThat(index.path("metadata").path("total_size").longValue()).isEqualTo(bytes);
            assertThat(index.path("weight_map").size()).isEqualTo(21);
            assertThat(written.weightFiles().getFirst().getFileName().toString())
                    .isEqualTo("pytorch_model-00001-of-0000%d.bin"
                            .formatted(written.weightFiles().size()));
            assertThat(written.identity()).isEqualTo(original.identity());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 16})
    void write_anyNumberOfThreads_givesTheSameFiles(int threads) {
        WriteOptions options = OPTIONS.dtype(DType.BF16).maxShardBytes(100_000);
        Path one = write(options.threads(1));
        Path many = folder.resolve("many");
        try (Checkpoint original = TestModels.open(MERGED)) {
            CheckpointWriter.bin().write(original, many, options.threads(threads));
        }
        for (Path file : TestModels.sorted(one)) {
            assertThat(many.resolve(file.getFileName())).hasSameBinaryContentAs(file);
        }
    }

    @Test
    void write_cancelled_leavesNothing() {
        Cancellation cancellation = new Cancellation();
        WriteOptions options = OPTIONS.cancellation(cancellation).listener(progress -> cancellation.cancel());
        assertThatThrownBy(() -> write(options)).isInstanceOf(CancellationException.class);
        assertThat(TestModels.sorted(folder)).isEmpty();
    }

    /** Sizes and places that need the 64-bit fields, in a file that is mostly holes. */
    @Test
    void layout_past4GiB() throws IOException {
        List<TensorInfo> tensors = List.of(
                new TensorInfo("large", List.of(1L << 20, 1280L), DType.F32),
                new TensorInfo("after", List.of(2L, 3L), DType.BF16),
                new TensorInfo("empty", List.of(0L, 3L), DType.F32));
        TorchLayout layout = new TorchLayout(tensors);
        assertThat(layout.size()).isGreaterThan(5L << 30);
        Path file = folder.resolve("large.bin");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (ShardLayout.Piece piece : layout.frame(List.of(1L, 2L, 3L))) {
                channel.write(piece.bytes().duplicate(), piece.position());
            }
            channel.write(ByteBuffer.wrap(new byte[] {0, 0x3f}), layout.offset(1)); // 0.5 as bf16
            assertThat(channel.size()).isEqualTo(layout.size());
        }
        try (TorchFile torch = TorchFile.open(file);
                ZipFile zip = new ZipFile(file.toFile())) {
            assertThat(torch.tensors()).isEqualTo(tensors);
            assertThat(TestModels.rows(torch.tensor("after"), 0, 1)).containsExactly(0.5f, 0, 0);
            assertThat(zip.getEntry("archive/data/0").getSize()).isEqualTo(5L << 30);
        } finally {
            Files.delete(file);
        }
    }

    private Path write(WriteOptions options) {
        Path output = folder.resolve("out");
        try (Checkpoint original = TestModels.open(MERGED)) {
            CheckpointWriter.bin().write(original, output, options);
        }
        return output;
    }
}
