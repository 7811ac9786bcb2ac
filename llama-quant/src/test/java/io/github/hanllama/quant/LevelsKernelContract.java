package io.github.hanllama.quant;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

abstract class LevelsKernelContract {
    private static final int LANES = LevelsKernel.ROW;
    private static final int SCALES = 5;
    private static final long AT = 3;

    private final AttentionKernel specification = new ScalarAttentionKernel();
    private final Arena arena = Arena.ofAuto();

    abstract LevelsKernel kernel();

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 32})
    void widen_everyLevel_byLanesAndByRows(int rows) {
        float[] scales = Numbers.uniform(rows, SCALES + LANES);
        float[] byLanes = new float[rows * LANES + 1];
        float[] byRows = new float[rows * LANES + 1];
        kernel().widenByLanes(levels(rows), AT, rows, scales, SCALES, byLanes, 1);
        kernel().widenByRows(levels(rows), AT, rows, scales, SCALES, byRows, 1);
        Numbers.assertSameBits(Arrays.copyOfRange(byLanes, 1, byLanes.length), valuesByLanes(rows, scales));
        Numbers.assertSameBits(Arrays.copyOfRange(byRows, 1, byRows.length), valuesByRows(rows, scales));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 31, 32})
    void foldByLanes_anyDepth_isThatOfTheValues(int depth) {
        int step = depth + 7;
        float[] scales = Numbers.uniform(4, SCALES + LANES);
        float[] values = valuesByLanes(depth, scales);
        float[] x = Numbers.uniform(5, 3 + 4 * step);
        float[] expected = Numbers.uniform(6, 2 + 4 * 50);
        float[] one = expected.clone();
        float[] four = expected.clone();
        kernel().foldFourByLanes(levels(depth), AT, depth, scales, SCALES, x, 3, step, four, 2, 50);
        for (int query = 0; query < 4; query++) {
            int xAt = 3 + query * step;
            kernel().foldOneByLanes(levels(depth), AT, depth, scales, SCALES, x, xAt, one, 2 + query * 50);
            specification.foldOne(values, 0, depth, x, xAt, expected, 2 + query * 50);
        }
        Numbers.assertSameBits(one, expected);
        Numbers.assertSameBits(four, expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 31, 32})
    void foldByRows_anyDepth_isThatOfTheValues(int depth) {
        int step = depth + 7;
        float[] scales = Numbers.uniform(7, SCALES + LANES);
        float[] values = valuesByRows(depth, scales);
        float[] x = Numbers.uniform(8, 3 + 4 * step);
        float[] expected = Numbers.uniform(9, 2 + 4 * 50);
        float[] one = expected.clone();
        float[] four = expected.clone();
        kernel().foldFourByRows(levels(depth), AT, depth, scales, SCALES, x, 3, step, four, 2, 50);
        for (int query = 0; query < 4; query++) {
            int xAt = 3 + query * step;
            kernel().foldOneByRows(levels(depth), AT, depth, scales, SCALES, x, xAt, one, 2 + query * 50);
            specification.foldOne(values, 0, depth, x, xAt, expected, 2 + query * 50);
        }
        Numbers.assertSameBits(one, expected);
        Numbers.assertSameBits(four, expected);
    }

    private MemorySegment levels(int rows) {
        MemorySegment levels = arena.allocate(AT + (long) rows * LANES);
        for (int i = 0; i < rows * LANES; i++) {
            levels.set(ValueLayout.JAVA_BYTE, AT + i, level(i));
        }
        return levels;
    }

    private static byte level(int index) {
        return (byte) (index * 37);
    }

    private static float[] valuesByLanes(int rows, float[] scales) {
        float[] values = new float[rows * LANES];
        for (int i = 0; i < values.length; i++) {
            values[i] = level(i) * scales[SCALES + i % LANES];
        }
        return values;
    }

    private static float[] valuesByRows(int rows, float[] scales) {
        float[] values = new float[rows * LANES];
        for (int i = 0; i < values.length; i++) {
            values[i] = level(i) * scales[SCALES + i / LANES];
        }
        return values;
    }
}
