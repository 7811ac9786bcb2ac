package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The specification. */
final class ScalarLevelTileKernel implements LevelTileKernel {
    private static final AttentionKernel WIDENED = new ScalarAttentionKernel();

    @Override
    public void foldOne(
            KvSide side,
            MemorySegment levels,
            long at,
            int depth,
            float[] scales,
            int scalesAt,
            float[] x,
            int xAt,
            float[] sums,
            int sumsAt) {
        WIDENED.foldOne(widened(side, levels, at, depth, scales, scalesAt), 0, depth, x, xAt, sums, sumsAt);
    }

    @Override
    public void foldFour(
            KvSide side,
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
        float[] numbers = widened(side, levels, at, depth, scales, scalesAt);
        WIDENED.foldFour(numbers, 0, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
    }

    private float[] widened(KvSide side, MemorySegment levels, long from, int rows, float[] scales, int scalesAt) {
        float[] numbers = new float[ROW * rows];
        widen(side, levels, from, rows, scales, scalesAt, numbers, 0);
        return numbers;
    }

    @Override
    public void widen(
            KvSide side, MemorySegment levels, long from, int rows, float[] scales, int scalesAt, float[] out, int at) {
        for (int i = 0; i < ROW * rows; i++) {
            int position = side == KvSide.KEYS ? i % ROW : i / ROW;
            out[at + i] = levels.get(ValueLayout.JAVA_BYTE, from + i) * scales[scalesAt + position];
        }
    }
}
