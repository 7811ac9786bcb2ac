package io.github.hanllama.quant;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

abstract class AttentionKernelContract {
    private static final int LANES = AttentionKernel.ROW;
    private static final long AT = 12;

    private final AttentionKernel specification = new ScalarAttentionKernel();

    private final Arena arena = Arena.ofAuto();

    abstract AttentionKernel kernel();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 31, 32, 33, 128})
    void foldOne_anyDepth_isTheSpecification(int depth) {
        float[] tile = Numbers.withCorners(1, 3 + depth * LANES);
        float[] x = Numbers.uniform(2, 3 + depth);
        float[] expected = Numbers.uniform(3, 2 + LANES + 1);
        float[] fromArray = expected.clone();
        float[] fromSegment = expected.clone();
        kernel().foldOne(tile, 3, depth, x, 3, fromArray, 2);
        kernel().foldOne(outside(tile), AT, depth, x, 3, fromSegment, 2);
        for (int lane = 0; lane < LANES; lane++) {
            for (int k = 0; k < depth; k++) {
                expected[2 + lane] = Math.fma(tile[3 + k * LANES + lane], x[3 + k], expected[2 + lane]);
            }
        }
        Numbers.assertSameBits(fromArray, expected);
        Numbers.assertSameBits(fromSegment, expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 31, 32, 33, 128})
    void foldFour_anyDepth_isOneByOne(int depth) {
        int step = depth + 7;
        float[] tile = Numbers.withCorners(4, 3 + depth * LANES);
        float[] x = Numbers.uniform(5, 3 + 4 * step);
        float[] expected = Numbers.uniform(6, 2 + 4 * 50);
        float[] fromArray = expected.clone();
        float[] fromSegment = expected.clone();
        kernel().foldFour(tile, 3, depth, x, 3, step, fromArray, 2, 50);
        kernel().foldFour(outside(tile), AT, depth, x, 3, step, fromSegment, 2, 50);
        for (int query = 0; query < 4; query++) {
            specification.foldOne(tile, 3, depth, x, 3 + query * step, expected, 2 + query * 50);
        }
        Numbers.assertSameBits(fromArray, expected);
        Numbers.assertSameBits(fromSegment, expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 31, 32, 33, 256})
    void startEight_anyDepth_isOneByOneFromZero(int depth) {
        int step = depth + 7;
        float[] tile = Numbers.withCorners(7, 3 + depth * LANES);
        float[] x = Numbers.uniform(8, 3 + 8 * step);
        float[] expected = Numbers.uniform(9, 2 + 8 * 50);
        float[] fromArray = expected.clone();
        float[] fromSegment = expected.clone();
        kernel().startEight(tile, 3, depth, x, 3, step, fromArray, 2, 50);
        kernel().startEight(outside(tile), AT, depth, x, 3, step, fromSegment, 2, 50);
        for (int query = 0; query < 8; query++) {
            int to = 2 + query * 50;
            Arrays.fill(expected, to, to + LANES, 0);
            specification.foldOne(tile, 3, depth, x, 3 + query * step, expected, to);
        }
        Numbers.assertSameBits(fromArray, expected);
        Numbers.assertSameBits(fromSegment, expected);
    }

    private MemorySegment outside(float[] numbers) {
        MemorySegment tile = arena.allocate(4L * numbers.length);
        StoredFloats.write(DType.F32, numbers, 0, numbers.length, tile, 0);
        return tile;
    }
}
