package io.github.hanllama.core.checkpoint;

import static io.github.hanllama.core.checkpoint.SafetensorsBytes.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFileTest {
    @TempDir
    Path folder;

    @Test
    void open_controlFile() {
        try (SafetensorsFile file = SafetensorsFile.open(TestData.path("hostile/st_ok.safetensors"))) {
            assertThat(file.tensors()).containsExactly(new TensorInfo("a", List.of(2L, 2L), DType.F32));
            assertThat(file.metadata()).isEmpty();
            assertThat(file.contains("a")).isTrue();
            assertThat(file.contains("b")).isFalse();
            assertThatThrownBy(() -> file.tensor("b")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void open_realFile_hasItsMetadata() {
        Path path = TestData.path("synthetic/base/hf_safetensors_f32/model.safetensors");
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.metadata()).containsEntry("format", "pt");
            assertThat(file.tensors()).hasSize(21);
            assertThat(file.tensor(TensorNames.NORM).info().shape()).containsExactly(64L);
        }
    }

    @Test
    void readRows_everyFloatingType() {
        // Data bytes count 0, 1, 2, ...: the values are known from their bytes.
        String header = "{" + entry("f16", "F16", "[2,1]", "[0,4]") + "," + entry("bf16", "BF16", "[1,2]", "[4,8]")
                + "," + entry("f32", "F32", "[1]", "[8,12]") + "," + entry("f64", "F64", "[]", "[12,20]") + "}";
        try (SafetensorsFile file = SafetensorsFile.open(SafetensorsBytes.write(folder, header, 20))) {
            assertThat(TestModels.rows(file.tensor("f16"), 0, 2))
                    .containsExactly(Float.float16ToFloat((short) 0x0100), Float.float16ToFloat((short) 0x0302));
            assertThat(TestModels.rows(file.tensor("bf16"), 0, 1))
                    .containsExactly(Float.intBitsToFloat(0x05040000), Float.intBitsToFloat(0x07060000));
            assertThat(TestModels.rows(file.tensor("f32"), 0, 1)).containsExactly(Float.intBitsToFloat(0x0b0a0908));
            assertThat(TestModels.rows(file.tensor("f64"), 0, 1))
                    .containsExactly((float) Double.longBitsToDouble(0x131211100f0e0d0cL));
        }
    }

    @Test
    void readRows_partOfATensor_inTiles() {
        int rows = 3 * Tiles.rows(64);
        String header = "{" + entry("a", "F16", "[" + rows + ",64]", "[0," + rows * 128 + "]") + "}";
        try (SafetensorsFile file = SafetensorsFile.open(SafetensorsBytes.write(folder, header, rows * 128))) {
            Tensor tensor = file.tensor("a");
            List<Long> starts = new java.util.ArrayList<>();
            tensor.readRows(5, rows - 3, (first, count, values) -> {
                starts.add(first);
                assertThat(values[0]).isEqualTo(Float.float16ToFloat((short) 0x8180));
            });
            assertThat(starts).containsExactly(5L, 5L + Tiles.rows(64), 5L + 2L * Tiles.rows(64));
            assertThatThrownBy(() -> tensor.readRows(0, rows + 1, (f, c, v) -> {}))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> tensor.readStoredRows(-1, 0, (f, c, v) -> {}))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void raw_isTheStoredBytes_readOnly() {
        try (SafetensorsFile file = SafetensorsFile.open(TestData.path("hostile/st_ok.safetensors"))) {
            MemorySegment raw = file.tensor("a").raw().orElseThrow();
            assertThat(raw.byteSize()).isEqualTo(16);
            assertThat(raw.isReadOnly()).isTrue();
            file.tensor("a").readStoredRows(0, 2, (first, count, bytes) -> assertThat(raw.mismatch(bytes))
                    .isEqualTo(-1));
        }
    }

    @Test
    void readRows_integers_areNotWeights() {
        String header = "{" + entry("ids", "I64", "[1]", "[0,8]") + "}";
        try (SafetensorsFile file = SafetensorsFile.open(SafetensorsBytes.write(folder, header, 8))) {
            assertThatThrownBy(() -> TestModels.rows(file.tensor("ids"), 0, 1))
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContaining("ids: expected rows of at most");
            assertThat(file.tensor("ids").raw().orElseThrow().get(ValueLayout.JAVA_BYTE, 3))
                    .isEqualTo((byte) 3);
        }
    }

    @Test
    void readRows_hugeEmptyShape_endsAtOnce() {
        String header = "{" + entry("a", "F32", "[1152921504606846976,0]", "[0,0]") + "}";
        try (SafetensorsFile file = SafetensorsFile.open(SafetensorsBytes.write(folder, header, 0))) {
            file.tensor("a").readRows(0, 1L << 60, (first, count, values) -> assertThat(first)
                    .isNegative());
        }
    }

    @Test
    void readRows_fileTruncatedAfterOpen_failsInWords() throws IOException {
        Path path = SafetensorsBytes.write(folder, "{" + entry("a", "F32", "[65536]", "[0,262144]") + "}", 262144);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            try (RandomAccessFile writer = new RandomAccessFile(path.toFile(), "rw")) {
                writer.setLength(100);
            }
            assertThatThrownBy(() -> TestModels.rows(file.tensor("a"), 0, 1))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("changed while it was open");
        }
    }

    @Test
    void readRows_fileGrownAfterOpen_failsInWords() throws IOException {
        Path path = SafetensorsBytes.write(folder, "{" + entry("a", "F32", "[1]", "[0,4]") + "}", 4);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            Files.writeString(path, "more", StandardCharsets.UTF_8, java.nio.file.StandardOpenOption.APPEND);
            assertThatThrownBy(() -> TestModels.rows(file.tensor("a"), 0, 1))
                    .hasMessageContaining("changed while it was open");
        }
    }

    @Test
    void close_twice_thenUse() {
        SafetensorsFile file = SafetensorsFile.open(TestData.path("hostile/st_ok.safetensors"));
        Tensor tensor = file.tensor("a");
        file.close();
        file.close();
        assertThatThrownBy(() -> TestModels.rows(tensor, 0, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(tensor::raw).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void open_missingFileOrFolder() {
        assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("nothing")))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("no such file");
        assertThatThrownBy(() -> SafetensorsFile.open(folder))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("found a folder");
    }

    /** A sparse file of five gigabytes: one mapping, offsets beyond 32 bits. */
    @Test
    void open_fileOverTwoGigabytes() throws IOException {
        long rows = 5L << 18;
        long bytes = rows * 4096;
        Path path = SafetensorsBytes.write(
                folder, "{" + entry("a", "U8", "[" + rows + ",4096]", "[0," + bytes + "]") + "}", 0);
        try (RandomAccessFile writer = new RandomAccessFile(path.toFile(), "rw")) {
            long header = writer.length();
            writer.setLength(header + bytes);
            writer.seek(header + bytes - 1);
            writer.write(77);
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            file.tensor("a").readStoredRows(rows - 1, rows, (first, count, tile) -> {
                assertThat(first).isEqualTo(rows - 1);
                assertThat(tile.get(ValueLayout.JAVA_BYTE, 4095)).isEqualTo((byte) 77);
            });
        }
    }
}
