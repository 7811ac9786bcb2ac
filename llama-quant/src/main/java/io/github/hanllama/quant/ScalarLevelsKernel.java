package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The specification. */
final class ScalarLevelsKernel implements LevelsKernel {
    private static final AttentionKernel WIDENED = new ScalarAttentionKernel();

    @Override
    public void foldOneByLanes(
            MemorySegment levels,
            long at,
            int depth,
            float[] scales,
            int scalesAt,
            float[] x,
            int xAt,
            float[] sums,
            int sumsAt) {
        float[] numbers = new float[ROW * depth];
        widenByLanes(levels, at, depth, scales, scalesAt, numbers, 0);
        WIDENED.foldOne(numbers, 0, depth, x, xAt, sums, sumsAt);
    }

    @Override
    public void foldFourByLanes(
            MemorySegment levels,
            long at,
            int depth,
            float[] scales,
            int scalesAt,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep) {
        float[] numbers = new float[ROW * depth];
        widenByLanes(levels, at, depth, scales, scalesAt, numbers, 0);
        WIDENED.foldFour(numbers, 0, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
    }

    @Override
    public void widenByLanes(
            MemorySegment levels, long from, int rows, float[] scales, int scalesAt, float[] out, int at) {
        for (int i = 0; i < ROW * rows; i++) {
            float scale = scales[scalesAt + i % ROW];
            out[at + i] = levels.get(ValueLayout.JAVA_BYTE, from + i) * scale;
        }
    }

    @Override
    public void foldOneByRows(
            MemorySegment levels,
            long at,
            int depth,
            float[] scales,
            int scalesAt,
            float[] x,
            int xAt,
            float[] sums,
            int sumsAt) {
        float[] numbers = new float[ROW * depth];
        widenByRows(levels, at, depth, scales, scalesAt, numbers, 0);
        WIDENED.foldOne(numbers, 0, depth, x, xAt, sums, sumsAt);
    }

    @Override
    public void foldFourByRows(
            MemorySegment levels,
            long at,
            int depth,
            float[] scales,
            int scalesAt,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep) {
        float[] numbers = new float[ROW * depth];
        widenByRows(levels, at, depth, scales, scalesAt, numbers, 0);
        WIDENED.foldFour(numbers, 0, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
    }

    @Override
    public void widenByRows(
            MemorySegment levels, long from, int rows, float[] scales, int scalesAt, float[] out, int at) {
        for (int i = 0; i < ROW * rows; i++) {
            float scale = scales[scalesAt + i / ROW];
            out[at + i] = levels.get(ValueLayout.JAVA_BYTE, from + i) * scale;
        }
    }
}
