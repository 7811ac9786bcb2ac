package io.github.hanllama.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.file.MappedFile;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.quant.DType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Over a file whose byte i is i mod 251, so that bytes tell where they come from. */
class StridedTensorTest {
    private static final int LENGTH = 2 << 20;

    @TempDir
    Path folder;

    private final byte[] content = new byte[LENGTH];
    private MappedFile file;

    @BeforeEach
    void open() throws IOException {
        for (int i = 0; i < LENGTH; i++) {
            content[i] = (byte) (i % 251);
        }
        file = MappedFile.open(Files.write(folder.resolve("bytes"), content));
    }

    @AfterEach
    void close() {
        file.close();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = "Q.*") // blocks have no strides
    void readStoredRows_transposed_everyType(DType dtype) {
        assertGathered(dtype, 3, List.of(5L, 7L), List.of(1L, 5L));
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "I8"})
    void readStoredRows_manyShapes(DType dtype) {
        assertGathered(dtype, 0, List.of(9L), List.of(3L));
        assertGathered(dtype, 1, List.of(4L, 6L), List.of(10L, 1L));
        assertGathered(dtype, 2, List.of(4L, 6L), List.of(0L, 0L));
        assertGathered(dtype, 5, List.of(2L, 3L, 4L), List.of(1L, 2L, 6L));
        assertGathered(dtype, 0, List.of(3L, 1L, 2L, 2L), List.of(4L, 99L, 1L, 2L));
    }

    @Test
    void readStoredRows_moreRowsThanATile() {
        assertGathered(DType.F16, 0, List.of(1000L, 1000L), List.of(1L, 1000L));
    }

    @Test
    void readStoredRows_part() {
        Tensor tensor = tensor(DType.I8, 0, List.of(4L, 2L), List.of(1L, 4L));
        List<byte[]> tiles = new ArrayList<>();
        tensor.readStoredRows(1, 3, (row, count, bytes) -> tiles.add(bytes.toArray(ValueLayout.JAVA_BYTE)));
        assertThat(tiles).containsExactly(new byte[] {1, 5, 2, 6});
    }

    @Test
    void readRows_integers_areNotWeights() {
        Tensor tensor = tensor(DType.I8, 0, List.of(4L, 2L), List.of(1L, 4L));
        assertThatThrownBy(() -> tensor.readRows(0, 1, (r, n, v) -> {}))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("t: expected rows of at most 67108864 floating-point numbers, found I8 [4, 2]");
    }

    @Test
    void readStoredRows_rowTooLong() {
        Tensor tensor = tensor(DType.I8, 0, List.of((1L << 26) + 1), List.of(0L));
        assertThatThrownBy(() -> tensor.readStoredRows(0, 1, (r, n, v) -> {}))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("t: expected rows of at most 67108864 elements");
    }

    private Tensor tensor(DType dtype, long offset, List<Long> shape, List<Long> strides) {
        return new StridedTensor(new TensorInfo("t", shape, dtype), file, offset, strides);
    }

    /** The bytes must be those that plain index arithmetic finds. */
    private void assertGathered(DType dtype, int offset, List<Long> shape, List<Long> strides) {
        Tensor tensor = tensor(dtype, offset, shape, strides);
        ByteArrayOutputStream gathered = new ByteArrayOutputStream();
        tensor.readStoredRows(
                0,
                tensor.info().rows(),
                (row, count, bytes) -> gathered.writeBytes(bytes.toArray(ValueLayout.JAVA_BYTE)));
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        for (long element = 0; element < tensor.info().elements(); element++) {
            long rest = element;
            long index = 0;
            for (int i = shape.size() - 1; i >= 0; i--) {
                index += rest % shape.get(i) * strides.get(i);
                rest /= shape.get(i);
            }
            expected.write(content, (int) (offset + index * dtype.blockBytes()), dtype.blockBytes());
        }
        assertThat(gathered.toByteArray()).isEqualTo(expected.toByteArray());
    }
}
