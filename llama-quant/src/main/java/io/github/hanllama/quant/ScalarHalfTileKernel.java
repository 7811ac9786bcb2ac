package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/** The specification. */
final class ScalarHalfTileKernel implements HalfTileKernel {
    private static final AttentionKernel WIDENED = new ScalarAttentionKernel();

    @Override
    public void foldOne(MemorySegment tile, long at, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        WIDENED.foldOne(widened(tile, at, depth), 0, depth, x, xAt, sums, sumsAt);
    }

    @Override
    public void foldFour(
            MemorySegment tile,
            long at,
            int depth,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep) {
        WIDENED.foldFour(widened(tile, at, depth), 0, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
    }

    private float[] widened(MemorySegment tile, long from, int rows) {
        float[] numbers = new float[ROW * rows];
        widen(tile, from, rows, numbers, 0);
        return numbers;
    }

    @Override
    public void widen(MemorySegment tile, long from, int rows, float[] out, int at) {
        for (int i = 0; i < ROW * rows; i++) {
            long number = from + (long) Short.BYTES * HalfTileKernel.slot(i);
            out[at + i] = Float.float16ToFloat(tile.get(StoredFloats.SHORT, number));
        }
    }
}
