package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

abstract class AttentionKernelContract {
    private static final int LANES = AttentionKernel.ROW;

    private final AttentionKernel specification = new ScalarAttentionKernel();

    abstract AttentionKernel kernel();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 31, 32, 33, 128})
    void foldOne_anyDepth_isTheSpecification(int depth) {
        float[] tile = Numbers.withCorners(1, 5 + depth * LANES);
        float[] x = Numbers.uniform(2, 3 + depth);
        float[] actual = Numbers.uniform(3, 2 + LANES + 1);
        float[] expected = actual.clone();
        kernel().foldOne(tile, 5, depth, x, 3, actual, 2);
        for (int lane = 0; lane < LANES; lane++) {
            for (int k = 0; k < depth; k++) {
                expected[2 + lane] = Math.fma(tile[5 + k * LANES + lane], x[3 + k], expected[2 + lane]);
            }
        }
        Numbers.assertSameBits(actual, expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 31, 32, 33, 128})
    void foldFour_anyDepth_isOneByOne(int depth) {
        int step = depth + 7;
        float[] tile = Numbers.withCorners(4, 5 + depth * LANES);
        float[] x = Numbers.uniform(5, 3 + 4 * step);
        float[] actual = Numbers.uniform(6, 2 + 4 * 50);
        float[] expected = actual.clone();
        kernel().foldFour(tile, 5, depth, x, 3, step, actual, 2, 50);
        for (int query = 0; query < 4; query++) {
            specification.foldOne(tile, 5, depth, x, 3 + query * step, expected, 2 + query * 50);
        }
        Numbers.assertSameBits(actual, expected);
    }

    @Test
    void scale_everyLevel_byLaneAndByRow() {
        byte[] bytes = new byte[3 + 256 * LANES];
        new SplittableRandom(7).nextBytes(bytes);
        for (int i = 0; i < 256; i++) {
            bytes[3 + i * LANES + i % LANES] = (byte) i;
        }
        MemorySegment levels = MemorySegment.ofArray(bytes);
        for (int rows : new int[] {1, 31, 32}) {
            float[] scales = Numbers.uniform(rows, LANES);
            float[] lanes = new float[1 + rows * LANES];
            float[] byRow = new float[1 + rows * LANES];
            kernel().scaleLanes(levels, 3, rows, scales, lanes, 1);
            kernel().scaleRows(levels, 3, rows, scales, byRow, 1);
            for (int i = 0; i < rows * LANES; i++) {
                assertThat(lanes[1 + i]).isEqualTo(bytes[3 + i] * scales[i % LANES]);
                assertThat(byRow[1 + i]).isEqualTo(bytes[3 + i] * scales[i / LANES]);
            }
        }
    }
}
