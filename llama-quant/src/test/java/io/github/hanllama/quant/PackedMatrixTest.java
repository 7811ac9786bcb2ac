package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PackedMatrixTest {
    private static final String SIZES = """
            F32,  1,   1,    1
            F16,  1,   4098, 2
            BF16, 15,  16,   1
            F16,  16,  207,  5
            BF16, 17,  65,   6
            F32,  63,  64,   7
            BF16, 64,  17,   13
            F16,  65,  15,   1
            F32,  207, 129,  1
            BF16, 207, 130,  19
            """;

    private final Arena arena = Arena.ofAuto();

    @ParameterizedTest(name = "{0} {1} x {2}, {3} tokens")
    @CsvSource(textBlock = SIZES)
    void multiply_anySize_isTheDefinitionToTheBit(DType type, int rows, int columns, int tokens) {
        float[] weights = rounded(type, Numbers.withCorners(1, rows * columns));
        float[] x = Numbers.withCorners(2, tokens * columns);

        float[] y = multiply(pack(type, rows, columns, weights), x, tokens);

        float[] expected = new float[tokens * rows];
        for (int t = 0; t < tokens; t++) {
            for (int o = 0; o < rows; o++) {
                float sum = 0;
                for (int block = 0; block < columns; block += 32) {
                    float part = 0;
                    for (int k = block; k < Math.min(block + 32, columns); k++) {
                        part = Math.fma(weights[o * columns + k], x[t * columns + k], part);
                    }
                    sum += part;
                }
                expected[t * rows + o] = sum;
            }
        }
        Numbers.assertSameBits(y, expected);
    }

    @ParameterizedTest(name = "{0} {1} x {2}, {3} tokens")
    @CsvSource(textBlock = SIZES)
    void multiply_anySize_isNearTheDoubleProduct(DType type, int rows, int columns, int tokens) {
        float[] weights = rounded(type, Numbers.uniform(3, rows * columns));
        float[] x = Numbers.uniform(4, tokens * columns);

        float[] y = multiply(pack(type, rows, columns, weights), x, tokens);

        for (int t = 0; t < tokens; t++) {
            for (int o = 0; o < rows; o++) {
                double sum = 0;
                for (int k = 0; k < columns; k++) {
                    sum += (double) weights[o * columns + k] * x[t * columns + k];
                }
                assertThat((double) y[t * rows + o]).isCloseTo(sum, within(1e-6 * Math.sqrt(columns) + 1e-7));
            }
        }
    }

    @Test
    void multiply_oneToken_sameBitsAsInABatch() {
        PackedMatrix matrix = pack(DType.F16, 100, 70, Numbers.uniform(5, 7000));
        float[] x = Numbers.uniform(6, 8 * 70);
        float[] batch = multiply(matrix, x, 8);
        float[] alone = multiply(matrix, Arrays.copyOfRange(x, 7 * 70, 8 * 70), 1);
        Numbers.assertSameBits(alone, Arrays.copyOfRange(batch, 700, 800));
    }

    @Test
    void multiply_someTiles_leavesTheOtherRows() {
        PackedMatrix matrix = pack(DType.F32, 150, 3, Numbers.uniform(7, 450));
        float[] y = new float[300];
        Arrays.fill(y, 9);
        matrix.multiply(1, 2, MatrixInput.of(new float[6], 2, 3), InputForm.F32, y);
        for (int i = 0; i < 300; i++) {
            assertThat(y[i]).isEqualTo(i % 150 >= 64 && i % 150 < 128 ? 0 : 9);
        }
    }

    @Test
    void multiply_arraysTooSmall_isRefused() {
        PackedMatrix matrix = pack(DType.F32, 3, 3, new float[9]);
        assertThatThrownBy(() -> MatrixInput.of(new float[2], 1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        MatrixInput x = MatrixInput.of(new float[3], 1, 3);
        assertThatThrownBy(() -> matrix.multiply(0, 1, x, InputForm.F32, new float[2]))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> matrix.multiply(0, 2, x, InputForm.F32, new float[3]))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> matrix.multiply(0, 1, x, InputForm.INT8, new float[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("F32 is multiplied in F32 only");
        MatrixInput narrow = MatrixInput.of(new float[2], 1, 2);
        assertThatThrownBy(() -> matrix.multiply(0, 1, narrow, InputForm.F32, new float[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("input of 2 columns, the matrix has 3");
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void readRow_everyRow_isWhatWasPut(DType type) {
        float[] weights = rounded(type, Numbers.withCorners(8, 130 * 67));
        PackedMatrix matrix = pack(type, 130, 67, weights);
        float[] row = new float[69];
        for (int o = 0; o < 130; o++) {
            matrix.readRow(o, row, 2);
            Numbers.assertSameBits(Arrays.copyOfRange(row, 2, 69), Arrays.copyOfRange(weights, o * 67, (o + 1) * 67));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void pack_tilesInAnyOrderAndParallel_isTheSame(DType type) {
        float[] weights = rounded(type, Numbers.uniform(9, 200 * 70));
        MemorySegment stored = arena.allocate(type.bytes(weights.length));
        StoredFloats.write(type, weights, 0, weights.length, stored, 0);
        PackedMatrix.Packer packer = PackedMatrix.packer(type, 200, 70, arena);

        IntStream.range(0, 20)
                .map(i -> 19 - i)
                .parallel()
                .forEach(i -> packer.putStored(10 * i, 10, stored, type.bytes(10 * i * 70)));

        float[] x = Numbers.uniform(10, 70);
        Numbers.assertSameBits(multiply(packer.pack(), x, 1), multiply(pack(type, 200, 70, weights), x, 1));
    }

    @Test
    void packer_unsupported_isRefused() {
        assertThatThrownBy(() -> PackedMatrix.packer(DType.I8, 1, 1, arena))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("I8 cannot be packed");
        assertThatThrownBy(() -> PackedMatrix.packer(DType.F32, 0, 1, arena))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PackedMatrix.packer(DType.F32, 2, 2, arena).putFloats(1, 2, new float[4], 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    private PackedMatrix pack(DType type, int rows, int columns, float[] weights) {
        PackedMatrix.Packer packer = PackedMatrix.packer(type, rows, columns, arena);
        packer.putFloats(0, rows, weights, 0);
        return packer.pack();
    }

    private static float[] multiply(PackedMatrix matrix, float[] x, int tokens) {
        MatrixInput input = MatrixInput.of(x, tokens, matrix.columns());
        float[] y = new float[tokens * matrix.rows()];
        matrix.multiply(0, matrix.tiles(), input, InputForm.F32, y);
        return y;
    }

    private static float[] rounded(DType type, float[] numbers) {
        MemorySegment stored = MemorySegment.ofArray(new byte[(int) type.bytes(numbers.length)]);
        StoredFloats.write(type, numbers, 0, numbers.length, stored, 0);
        StoredFloats.read(type, stored, 0, numbers, 0, numbers.length);
        return numbers;
    }
}
