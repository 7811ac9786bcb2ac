package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class BlockMatrixTest {
    private static final int[] BATCHES = {1, 2, 5, 8, 17};

    private final Arena arena = Arena.ofAuto();

    static DType[] types() {
        return RandomBlocks.types();
    }

    @ParameterizedTest
    @MethodSource("types")
    void multiply_floats_isThatOfTheDequantizedWeights(DType type) {
        int rows = 207;
        int columns = 512;
        RandomBlocks blocks = new RandomBlocks(type, rows, columns, 1);
        PackedMatrix plain = pack(DType.F32, rows, columns, blocks.dequantized());
        PackedMatrix matrix = blocks.pack(arena);
        for (int tokens : BATCHES) {
            float[] x = Numbers.withCorners(2, tokens * columns);
            Numbers.assertSameBits(
                    multiply(matrix, x, tokens, InputForm.F32), multiply(plain, x, tokens, InputForm.F32));
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void multiply_levels_isNearTheDoubleProduct(DType type) {
        if (type == DType.Q8_0) {
            return; // multiplied in f32
        }
        int rows = 65;
        int columns = 16 * 256;
        RandomBlocks blocks = new RandomBlocks(type, rows, columns, 3);
        float[] weights = blocks.dequantized();
        float[] x = Numbers.uniform(4, columns);
        float[] y = multiply(blocks.pack(arena), x, 1, InputForm.INT8);
        for (int row = 0; row < rows; row++) {
            double sum = 0;
            double squares = 0;
            for (int k = 0; k < columns; k++) {
                sum += (double) weights[row * columns + k] * x[k];
                squares += (double) weights[row * columns + k] * weights[row * columns + k];
            }
            // An activation is off by up to half of 1/127, uniformly; six standard deviations.
            assertThat((double) y[row]).isCloseTo(sum, within(6 * Math.sqrt(squares / 12) / 127 + 1e-9));
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void multiply_levels_sameBitsForAnyBatchAndPlace(DType type) {
        if (type == DType.Q8_0) {
            return;
        }
        int rows = 100;
        int columns = 768;
        PackedMatrix matrix = new RandomBlocks(type, rows, columns, 5).pack(arena);
        float[] x = Numbers.uniform(6, 17 * columns);
        float[] whole = multiply(matrix, x, 17, InputForm.INT8);
        for (int tokens : BATCHES) {
            float[] part = Arrays.copyOfRange(x, (17 - tokens) * columns, 17 * columns);
            Numbers.assertSameBits(
                    multiply(matrix, part, tokens, InputForm.INT8),
                    Arrays.copyOfRange(whole, (17 - tokens) * rows, 17 * rows));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q4_1", "Q4_K"})
    void multiply_levelsOfManyTokens_areThoseOfFew(DType type) {
        int rows = 100;
        int columns = 768;
        PackedMatrix matrix = new RandomBlocks(type, rows, columns, 5).pack(arena);
        for (int tokens : BATCHES) {
            float[] x = Numbers.withCorners(6, tokens * columns);
            Numbers.assertSameBits(
                    multiply(matrix, x, tokens, InputForm.INT8_MANY), multiply(matrix, x, tokens, InputForm.INT8));
        }
    }

    @Test
    void multiply_manyTokensByOtherLevels_isRefused() {
        PackedMatrix matrix = new RandomBlocks(DType.Q6_K, 64, 256, 5).pack(arena);
        assertThatThrownBy(() -> multiply(matrix, new float[512], 2, InputForm.INT8_MANY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Q6_K is not multiplied in INT8_MANY");
    }

    @ParameterizedTest
    @EnumSource(InputForm.class)
    void multiply_someTokensAndTiles_leavesTheOthers(InputForm form) {
        PackedMatrix matrix = new RandomBlocks(DType.Q4_0, 130, 64, 7).pack(arena);
        float[] rows = Numbers.uniform(8, 5 * 64);
        MatrixInput x = new MatrixInput(64);
        x.begin(new int[] {4, 1}, EnumSet.of(form));
        x.pack(0, rows);
        float[] y = new float[5 * 130];
        Arrays.fill(y, 9);
        matrix.multiply(1, 3, x, form, y);
        float[] all = multiply(matrix, rows, 5, form);
        for (int i = 0; i < y.length; i++) {
            boolean computed = (i / 130 == 4 || i / 130 == 1) && i % 130 >= 64;
            assertThat(y[i]).isEqualTo(computed ? all[i] : 9);
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void pack_rowsInAnyOrderAndParallel_isTheSame(DType type) {
        int rows = 100;
        int columns = 256;
        RandomBlocks blocks = new RandomBlocks(type, rows, columns, 9);
        PackedMatrix.Packer packer = PackedMatrix.packer(type, rows, columns, arena);
        long rowBytes = type.bytes(columns);
        IntStream.range(0, 25)
                .map(i -> 24 - i)
                .parallel()
                .forEach(i -> packer.putStored(4 * i, 4, blocks.stored(), 4 * i * rowBytes));
        float[] expected = blocks.dequantized();
        float[] row = new float[columns + 1];
        for (int o = 0; o < rows; o++) {
            packer.pack().readRow(o, row, 1);
            Numbers.assertSameBits(
                    Arrays.copyOfRange(row, 1, columns + 1),
                    Arrays.copyOfRange(expected, o * columns, (o + 1) * columns));
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void putFloats_quantizesAsTheCodec(DType type) {
        float[] weights = Numbers.uniform(10, 20 * 512);
        MemorySegment stored = MemorySegment.ofArray(new byte[(int) type.bytes(weights.length)]);
        BlockCodec.of(type).quantize(weights, 0, weights.length, stored, 0);
        float[] expected = new float[weights.length];
        BlockCodec.of(type).dequantize(stored, 0, expected, 0, expected.length);
        PackedMatrix matrix = pack(type, 20, 512, weights);
        float[] actual = new float[weights.length];
        for (int row = 0; row < 20; row++) {
            matrix.readRow(row, actual, row * 512);
        }
        Numbers.assertSameBits(actual, expected);
    }

    @Test
    void multiply_notFiniteActivations_areNotHidden() {
        PackedMatrix matrix = new RandomBlocks(DType.Q4_0, 16, 64, 11).pack(arena);
        float[] x = Numbers.uniform(12, 64);
        x[40] = Float.POSITIVE_INFINITY;
        for (float y : multiply(matrix, x, 1, InputForm.INT8)) {
            assertThat(y).isNaN();
        }
    }

    @Test
    void multiply_inputOfAnotherForm_isRefused() {
        PackedMatrix matrix = new RandomBlocks(DType.Q4_0, 16, 64, 13).pack(arena);
        MatrixInput x = MatrixInput.of(new float[64], 1, 64);
        assertThatThrownBy(() -> matrix.multiply(0, 1, x, InputForm.INT8, new float[16]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("made as [F32], the matrix reads INT8");
    }

    @Test
    void packer_columnsNotInBlocks_areRefused() {
        assertThat(PackedMatrix.canPack(DType.Q4_0, 48)).isFalse();
        assertThat(PackedMatrix.canPack(DType.Q4_K, 288)).isFalse();
        assertThat(PackedMatrix.canPack(DType.Q4_0, 288)).isTrue();
        assertThatThrownBy(() -> PackedMatrix.packer(DType.Q4_0, 4, 48, arena))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Q4_0 cannot be packed in rows of 48");
    }

    private PackedMatrix pack(DType type, int rows, int columns, float[] weights) {
        PackedMatrix.Packer packer = PackedMatrix.packer(type, rows, columns, arena);
        packer.putFloats(0, rows, weights, 0);
        return packer.pack();
    }

    private static float[] multiply(PackedMatrix matrix, float[] rows, int tokens, InputForm form) {
        MatrixInput x = new MatrixInput(matrix.columns());
        x.begin(IntStream.range(0, tokens).toArray(), EnumSet.of(form));
        for (int tile = 0; tile < x.tiles(); tile++) {
            x.pack(tile, rows);
        }
        float[] y = new float[tokens * matrix.rows()];
        matrix.multiply(0, matrix.tiles(), x, form, y);
        return y;
    }
}
