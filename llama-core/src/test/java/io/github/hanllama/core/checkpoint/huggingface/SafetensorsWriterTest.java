package io.github.hanllama.core.checkpoint.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.SafetensorsFile;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.WriteReport;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.TestData;
import io.github.hanllama.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsWriterTest {
    private static final String MERGED = "synthetic/merged_a/hf_safetensors_f32";
    private static final WriteOptions OPTIONS = WriteOptions.DEFAULT.threads(3);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {MERGED, TestModels.SHARDED, "hf/llama31_tied/base", "models/stories260k-hf"})
    void write_holdsWhatWasRead(String fixture) {
        Path output = folder.resolve("out");
        try (Checkpoint original = TestModels.open(fixture)) {
            WriteReport report = CheckpointWriter.safetensors().write(original, output, OPTIONS);
            try (Checkpoint written = TestModels.open(output)) {
                assertThat(written.config()).isEqualTo(original.config());
                assertThat(written.tensors()).containsExactlyInAnyOrderElementsOf(original.tensors());
                for (TensorInfo info : original.tensors()) {
                    MemorySegment bytes = written.tensor(info.name()).raw().orElseThrow();
                    assertThat(bytes.mismatch(original.tensor(info.name()).raw().orElseThrow()))
                            .isEqualTo(-1);
                }
                assertThat(written.identity()).isEqualTo(original.identity());
                assertThat(written.tokenizer().isPresent())
                        .isEqualTo(original.tokenizer().isPresent());
            }
            assertThat(report.files()).containsExactlyElementsOf(TestModels.sorted(output));
            assertThat(report.infinities()).isEmpty();
        }
        assertThat(TestModels.sorted(folder)).containsExactly(output);
    }

    @Test
    void write_headerIsUpstreams() throws IOException {
        Path output = write(MERGED, OPTIONS);
        byte[] file = Files.readAllBytes(output.resolve("model.safetensors"));
        int length = MemorySegment.ofArray(file).get(ValueLayout.JAVA_INT_UNALIGNED, 0);
        assertThat(length % 8).isZero();
        assertThat(new String(file, 8, 80, StandardCharsets.US_ASCII))
                .startsWith("{\"__metadata__\":{\"format\":\"pt\"},\"lm_head.weight\":{\"dtype\":\"F32\",\"shape\":");
        assertThat(Files.readAllBytes(TestData.path(MERGED + "/model.safetensors")))
                .isEqualTo(file);
    }

    @Test
    void write_inShards_withAnIndex() throws IOException {
        Path output = write(MERGED, OPTIONS.maxShardBytes(200_000));
        JsonNode index = json(output.resolve("model.safetensors.index.json"));
        try (Checkpoint original = TestModels.open(MERGED);
                Checkpoint written = TestModels.open(output)) {
            long bytes =
                    original.tensors().stream().mapToLong(TensorInfo::bytes).sum();
            assertThat(index.path("metadata").path("total_size").longValue()).isEqualTo(bytes);
            assertThat(index.path("weight_map").size()).isEqualTo(21);
            assertThat(written.weightFiles()).hasSizeGreaterThan(3).allSatisfy(shard -> assertThat(Files.size(shard))
                    .isLessThan(203_000));
            assertThat(written.weightFiles().getFirst().getFileName().toString())
                    .isEqualTo("model-00001-of-0000%d.safetensors"
                            .formatted(written.weightFiles().size()));
            assertThat(written.identity()).isEqualTo(original.identity());
        }
    }

    @Test
    void write_shardSmallerThanATensor_holdsThatTensorAlone() {
        Path output = write(MERGED, OPTIONS.maxShardBytes(163_839)); // one byte less than the head
        try (Checkpoint written = TestModels.open(output);
                SafetensorsFile first =
                        SafetensorsFile.open(written.weightFiles().getFirst())) {
            assertThat(first.tensors()).extracting(TensorInfo::name).containsExactly(TensorNames.LM_HEAD);
        }
    }

    @Test
    void write_asF16_roundsToNearestEven() {
        Path output = write(MERGED, OPTIONS.dtype(DType.F16));
        try (Checkpoint written = TestModels.open(output);
                Checkpoint original = TestModels.open(MERGED)) {
            assertThat(written.config().dtype()).contains(DType.F16);
            for (TensorInfo info : written.tensors()) {
                assertThat(info.dtype()).isEqualTo(DType.F16);
                float[] expected = TestModels.rows(original.tensor(info.name()), 0, info.rows());
                for (int i = 0; i < expected.length; i++) {
                    expected[i] = Float.float16ToFloat(Float.floatToFloat16(expected[i]));
                }
                assertThat(TestModels.rows(written.tensor(info.name()), 0, info.rows()))
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 16})
    void write_anyNumberOfThreads_givesTheSameFiles(int threads) throws IOException {
        WriteOptions options = OPTIONS.dtype(DType.BF16).maxShardBytes(100_000);
        Path one = write(MERGED, options.threads(1));
        Path many = folder.resolve("many");
        try (Checkpoint original = TestModels.open(MERGED)) {
            CheckpointWriter.safetensors().write(original, many, options.threads(threads));
        }
        for (Path file : TestModels.sorted(one)) {
            assertThat(many.resolve(file.getFileName())).hasSameBinaryContentAs(file);
        }
    }

    @Test
    void write_overflow_isCounted() throws IOException {
        TestModels.copy(TestModels.F32, folder);
        Path weights = folder.resolve("model.safetensors");
        long at;
        try (SafetensorsFile file = SafetensorsFile.open(weights)) {
            MemorySegment whole = MemorySegment.ofArray(Files.readAllBytes(weights));
            at = whole.byteSize() - file.tensors().getLast().bytes();
            assertThat(file.tensors().getLast().name()).isEqualTo(TensorNames.NORM);
            whole.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, 65519f); // the largest that still rounds down
            whole.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 4, 65520f);
            whole.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 8, -1e30f);
            whole.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 12, Float.NaN);
            Files.write(weights, whole.toArray(ValueLayout.JAVA_BYTE));
        }
        Path output = folder.resolve("out");
        try (Checkpoint original = TestModels.open(folder)) {
            WriteReport report = CheckpointWriter.safetensors().write(original, output, OPTIONS.dtype(DType.F16));
            assertThat(report.infinities()).containsOnlyKeys(TensorNames.NORM).containsEntry(TensorNames.NORM, 2L);
        }
        assertThat(Files.readString(output.resolve("hanllama-merge.json"))).contains("\"infinities\": 2");
    }

    @Test
    void manifest_hashesInputsAndTensors() throws Exception {
        Path output = write(MERGED, OPTIONS.dtype(DType.F16));
        JsonNode manifest = json(output.resolve("hanllama-merge.json"));
        Path input = TestData.path(MERGED + "/model.safetensors");
        JsonNode first = manifest.path("inputs").path(0);
        assertThat(first.path("file").textValue()).isEqualTo("hf_safetensors_f32/model.safetensors");
        assertThat(first.path("size").longValue()).isEqualTo(Files.size(input));
        assertThat(first.path("sha256").textValue()).isEqualTo(sha256(Files.readAllBytes(input)));
        assertThat(manifest.path("tensors").size()).isEqualTo(21);
        try (SafetensorsFile file = SafetensorsFile.open(output.resolve("model.safetensors"))) {
            for (JsonNode tensor : manifest.path("tensors")) {
                MemorySegment raw =
                        file.tensor(tensor.path("name").textValue()).raw().orElseThrow();
                assertThat(tensor.path("sha256").textValue()).isEqualTo(sha256(raw.toArray(ValueLayout.JAVA_BYTE)));
                assertThat(tensor.path("dtype").textValue()).isEqualTo("F16");
                assertThat(tensor.path("file").textValue()).isEqualTo("model.safetensors");
            }
        }
        assertThat(manifest.path("content_sha256").textValue()).matches("[0-9a-f]{64}");
    }

    @Test
    void write_reportsProgressUpToTheTotal() {
        Queue<Progress> seen = new ConcurrentLinkedQueue<>();
        write(MERGED, OPTIONS.listener(seen::add));
        long total = seen.stream()
                .filter(progress -> progress.stage() == Progress.Stage.WRITE)
                .mapToLong(Progress::done)
                .max()
                .orElseThrow();
        assertThat(seen)
                .filteredOn(progress -> progress.stage() == Progress.Stage.WRITE)
                .allSatisfy(progress -> assertThat(progress.total()).isEqualTo(total));
        assertThat(seen).anySatisfy(progress -> assertThat(progress.stage()).isEqualTo(Progress.Stage.VERIFY));
    }

    @Test
    void write_cancelled_leavesNothing() {
        Cancellation cancellation = new Cancellation();
        WriteOptions options = OPTIONS.cancellation(cancellation).listener(progress -> cancellation.cancel());
        failsCleanly(options, CancellationException.class);
    }

    @Test
    void write_interrupted_leavesNothing_andKeepsTheFlag() {
        Thread writer = Thread.currentThread();
        failsCleanly(
                OPTIONS.threads(1).listener(progress -> {
                    writer.interrupt();
                    sleep();
                }),
                CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void write_callbackThrows_leavesNothing() {
        failsCleanly(
                OPTIONS.listener(progress -> {
                    throw new IllegalStateException("mine");
                }),
                IllegalStateException.class);
    }

    @Test
    void write_tensorFails_leavesNothing() {
        try (Checkpoint original = TestModels.open(MERGED)) {
            Checkpoint broken = new BrokenCheckpoint(original, TensorNames.NORM);
            assertThatThrownBy(() -> CheckpointWriter.safetensors().write(broken, folder.resolve("out"), OPTIONS))
                    .hasMessage("cannot read " + TensorNames.NORM);
        }
        assertThat(TestModels.sorted(folder)).isEmpty();
    }

    @Test
    void write_intoAnEmptyFolder_butNotAFullOne() throws IOException {
        Path output = Files.createDirectory(folder.resolve("out"));
        write(MERGED, OPTIONS);
        assertThat(output.resolve("model.safetensors")).exists();
        assertThatThrownBy(() -> write(MERGED, OPTIONS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected a new or empty folder, found files in it");
        assertThat(TestModels.sorted(folder)).containsExactly(output);
    }

    @Test
    void options_outOfRange() {
        assertThatThrownBy(() -> OPTIONS.dtype(DType.I32)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> OPTIONS.maxShardBytes(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> OPTIONS.threads(0)).isInstanceOf(IllegalArgumentException.class);
    }

    private void failsCleanly(WriteOptions options, Class<? extends Exception> kind) {
        try (Checkpoint original = TestModels.open(MERGED)) {
            assertThatThrownBy(() -> CheckpointWriter.safetensors().write(original, folder.resolve("out"), options))
                    .isInstanceOf(kind);
        }
        assertThat(TestModels.sorted(folder)).isEmpty();
    }

    private Path write(String fixture, WriteOptions options) {
        Path output = folder.resolve("out");
        try (Checkpoint original = TestModels.open(fixture)) {
            CheckpointWriter.safetensors().write(original, output, options);
        }
        return output;
    }

    private static JsonNode json(Path file) throws IOException {
        return new JsonMapper().readTree(file.toFile());
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static void sleep() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A checkpoint one of whose tensors cannot be read. */
    private record BrokenCheckpoint(Checkpoint sound, String broken) implements Checkpoint {
        @Override
        public Tensor tensor(String name) {
            if (!name.equals(broken)) {
                return sound.tensor(name);
            }
            return new Tensor() {
                @Override
                public TensorInfo info() {
                    return sound.tensor(name).info();
                }

                @Override
                public Optional<MemorySegment> raw() {
                    return Optional.empty();
                }

                @Override
                public void readRows(long from, long to, RowSink sink) {
                    throw new IllegalStateException("cannot read " + name);
                }

                @Override
                public void readStoredRows(long from, long to, StoredRowSink sink) {
                    throw new IllegalStateException("cannot read " + name);
                }
            };
        }

        @Override
        public String origin() {
            return sound.origin();
        }

        @Override
        public LlamaConfig config() {
            return sound.config();
        }

        @Override
        public Optional<Tokenizer> tokenizer() {
            return sound.tokenizer();
        }

        @Override
        public List<TensorInfo> tensors() {
            return sound.tensors();
        }

        @Override
        public boolean contains(String name) {
            return sound.contains(name);
        }

        @Override
        public List<Path> weightFiles() {
            return sound.weightFiles();
        }

        @Override
        public List<Path> companionFiles() {
            return sound.companionFiles();
        }

        @Override
        public String identity() {
            return sound.identity();
        }

        @Override
        public void close() {
            sound.close();
        }
    }
}
