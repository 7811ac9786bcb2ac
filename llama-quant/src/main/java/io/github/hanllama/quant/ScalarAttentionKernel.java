package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The specification. */
final class ScalarAttentionKernel implements AttentionKernel {
    @Override
    public void foldOne(float[] tile, int at, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        for (int k = 0; k < depth; k++) {
            float factor = x[xAt + k];
            for (int lane = 0; lane < ROW; lane++) {
                sums[sumsAt + lane] = Math.fma(tile[at + k * ROW + lane], factor, sums[sumsAt + lane]);
            }
        }
    }

    @Override
    public void foldOne(MemorySegment tile, long at, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        foldOne(read(tile, at, depth), 0, depth, x, xAt, sums, sumsAt);
    }

    @Override
    public void foldFour(
            float[] tile, int at, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        for (int query = 0; query < FOUR; query++) {
            foldOne(tile, at, depth, x, xAt + query * xStep, sums, sumsAt + query * sumsStep);
        }
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
        foldFour(read(tile, at, depth), 0, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
    }

    @Override
    public void startEight(
            float[] tile, int at, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        for (int query = 0; query < EIGHT; query++) {
            int to = sumsAt + query * sumsStep;
            Arrays.fill(sums, to, to + ROW, 0);
            foldOne(tile, at, depth, x, xAt + query * xStep, sums, to);
        }
    }

    @Override
    public void startEight(
            MemorySegment tile,
            long at,
            int depth,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep) {
        startEight(read(tile, at, depth), 0, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
    }

    private static float[] read(MemorySegment tile, long at, int depth) {
        float[] numbers = new float[depth * ROW];
        MemorySegment.copy(tile, StoredFloats.FLOAT, at, numbers, 0, numbers.length);
        return numbers;
    }
}
