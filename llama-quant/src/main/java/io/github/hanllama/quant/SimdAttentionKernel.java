package io.github.hanllama.quant;

import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Two vectors by one, four or eight queries. Eight sums are what it takes to keep two fma units busy; eight queries, where
 * there are registers for sixteen sums, read a tile once, so that memory need not wait for the second four. Once for each
 * kind of memory: code that met both would not be inlined.
 */
final class SimdAttentionKernel implements AttentionKernel {
    private static final boolean SIXTEEN_SUMS = LANES == 16; // 32 registers; AVX2 has 16

    /**
     * Of a tile in memory. A variable, so that C2 does not unroll a loop that steps by it: in a loop as short as that by one query,
     * loads would come out of order, which memory is slow at.
     */
    private final long rowBytes = (long) Float.BYTES * ROW;

    @Override
    public void foldOne(float[] tile, int at, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        for (int lane = 0; lane < ROW; lane += 2 * LANES) {
            foldTwoByOne(tile, at + lane, depth, x, xAt, sums, sumsAt + lane);
        }
    }

    private static void foldTwoByOne(float[] tile, int at, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        FloatVector a = load(sums, sumsAt), b = load(sums, sumsAt + LANES);
        for (int k = 0; k < depth; k++) {
            int p = at + k * ROW;
            FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k]);
            a = load(tile, p).fma(factor, a);
            b = load(tile, p + LANES).fma(factor, b);
        }
        store(sums, sumsAt, a, b);
    }

    @Override
    public void foldFour(
            float[] tile, int at, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        for (int lane = 0; lane < ROW; lane += 2 * LANES) {
            foldTwoByFour(tile, at + lane, depth, x, xAt, xStep, sums, sumsAt + lane, sumsStep);
        }
    }

    private static void foldTwoByFour(
            float[] tile, int at, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        int s1 = sumsAt + sumsStep, s2 = s1 + sumsStep, s3 = s2 + sumsStep;
        FloatVector a0 = load(sums, sumsAt), b0 = load(sums, sumsAt + LANES);
        FloatVector a1 = load(sums, s1), b1 = load(sums, s1 + LANES);
        FloatVector a2 = load(sums, s2), b2 = load(sums, s2 + LANES);
        FloatVector a3 = load(sums, s3), b3 = load(sums, s3 + LANES);
        int x1 = xAt + xStep, x2 = x1 + xStep, x3 = x2 + xStep;
        for (int k = 0; k < depth; k++) {
            int p = at + k * ROW;
            FloatVector a = load(tile, p), b = load(tile, p + LANES);
            FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k]);
            a0 = a.fma(factor, a0);
            b0 = b.fma(factor, b0);
            factor = FloatVector.broadcast(FLOAT, x[x1 + k]);
            a1 = a.fma(factor, a1);
            b1 = b.fma(factor, b1);
            factor = FloatVector.broadcast(FLOAT, x[x2 + k]);
            a2 = a.fma(factor, a2);
            b2 = b.fma(factor, b2);
            factor = FloatVector.broadcast(FLOAT, x[x3 + k]);
            a3 = a.fma(factor, a3);
            b3 = b.fma(factor, b3);
        }
        store(sums, sumsAt, a0, b0);
        store(sums, s1, a1, b1);
        store(sums, s2, a2, b2);
        store(sums, s3, a3, b3);
    }

    @Override
    public void startEight(
            float[] tile, int at, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        if (SIXTEEN_SUMS) {
            for (int lane = 0; lane < ROW; lane += 2 * LANES) {
                startTwoByEight(tile, at + lane, depth, x, xAt, xStep, sums, sumsAt + lane, sumsStep);
            }
            return;
        }
        for (int query = 0; query < EIGHT; query++) {
            Arrays.fill(sums, sumsAt + query * sumsStep, sumsAt + query * sumsStep + ROW, 0);
        }
        foldFour(tile, at, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        foldFour(tile, at, depth, x, xAt + FOUR * xStep, xStep, sums, sumsAt + FOUR * sumsStep, sumsStep);
    }

    /** With sums to begin with, which would have to be read, this is more than C2 inlines. */
    private static void startTwoByEight(
            float[] tile, int at, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        FloatVector a0 = FloatVector.zero(FLOAT), b0 = a0;
        FloatVector a1 = FloatVector.zero(FLOAT), b1 = a1;
        FloatVector a2 = FloatVector.zero(FLOAT), b2 = a2;
        FloatVector a3 = FloatVector.zero(FLOAT), b3 = a3;
        FloatVector a4 = FloatVector.zero(FLOAT), b4 = a4;
        FloatVector a5 = FloatVector.zero(FLOAT), b5 = a5;
        FloatVector a6 = FloatVector.zero(FLOAT), b6 = a6;
        FloatVector a7 = FloatVector.zero(FLOAT), b7 = a7;
        for (int k = 0; k < depth; k++) {
            int p = at + k * ROW;
            FloatVector a = load(tile, p), b = load(tile, p + LANES);
            FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k]);
            a0 = a.fma(factor, a0);
            b0 = b.fma(factor, b0);
            factor = FloatVector.broadcast(FLOAT, x[xAt + xStep + k]);
            a1 = a.fma(factor, a1);
            b1 = b.fma(factor, b1);
            factor = FloatVector.broadcast(FLOAT, x[xAt + 2 * xStep + k]);
            a2 = a.fma(factor, a2);
            b2 = b.fma(factor, b2);
            factor = FloatVector.broadcast(FLOAT, x[xAt + 3 * xStep + k]);
            a3 = a.fma(factor, a3);
            b3 = b.fma(factor, b3);
            factor = FloatVector.broadcast(FLOAT, x[xAt + 4 * xStep + k]);
            a4 = a.fma(factor, a4);
            b4 = b.fma(factor, b4);
            factor = FloatVector.broadcast(FLOAT, x[xAt + 5 * xStep + k]);
            a5 = a.fma(factor, a5);
            b5 = b.fma(factor, b5);
            factor = FloatVector.broadcast(FLOAT, x[xAt + 6 * xStep + k]);
            a6 = a.fma(factor, a6);
            b6 = b.fma(factor, b6);
            factor = FloatVector.broadcast(FLOAT, x[xAt + 7 * xStep + k]);
            a7 = a.fma(factor, a7);
            b7 = b.fma(factor, b7);
        }
        store(sums, sumsAt, a0, b0);
        store(sums, sumsAt + sumsStep, a1, b1);
        store(sums, sumsAt + 2 * sumsStep, a2, b2);
        store(sums, sumsAt + 3 * sumsStep, a3, b3);
        store(sums, sumsAt + 4 * sumsStep, a4, b4);
        store(sums, sumsAt + 5 * sumsStep, a5, b5);
        store(sums, sumsAt + 6 * sumsStep, a6, b6);
        store(sums, sumsAt + 7 * sumsStep, a7, b7);
    }

    @Override
    public void foldOne(MemorySegment tile, long at, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        if (2 * LANES == ROW) {
            foldTwoByOne(tile, at, rowBytes, depth, x, xAt, sums, sumsAt);
            return;
        }
        for (int lane = 0; lane < ROW; lane += 4 * LANES) {
            foldFourByOne(tile, at + 4L * lane, rowBytes, depth, x, xAt, sums, sumsAt + lane);
        }
    }

    private static void foldTwoByOne(
            MemorySegment tile, long at, long step, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        FloatVector a = load(sums, sumsAt), b = load(sums, sumsAt + LANES);
        int k = xAt;
        for (long p = at, end = at + step * depth; p < end; p += step) {
            FloatVector factor = FloatVector.broadcast(FLOAT, x[k]);
            a = load(tile, p).fma(factor, a);
            b = load(tile, p + 4L * LANES).fma(factor, b);
            k++;
        }
        store(sums, sumsAt, a, b);
    }

    /** As much of a row as four vectors hold, so that its lines are read once. */
    private static void foldFourByOne(
            MemorySegment tile, long at, long step, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        FloatVector a = load(sums, sumsAt), b = load(sums, sumsAt + LANES);
        FloatVector c = load(sums, sumsAt + 2 * LANES), d = load(sums, sumsAt + 3 * LANES);
        int k = xAt;
        for (long p = at, end = at + step * depth; p < end; p += step) {
            FloatVector factor = FloatVector.broadcast(FLOAT, x[k]);
            a = load(tile, p).fma(factor, a);
            b = load(tile, p + 4L * LANES).fma(factor, b);
            c = load(tile, p + 8L * LANES).fma(factor, c);
            d = load(tile, p + 12L * LANES).fma(factor, d);
            k++;
        }
        store(sums, sumsAt, a, b);
        store(sums, sumsAt + 2 * LANES, c, d);
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
        for (int lane = 0; lane < ROW; lane += 2 * LANES) {
            foldTwoByFour(tile, at + 4L * lane, depth, x, xAt, xStep, sums, sumsAt + lane, sumsStep);
        }
    }

    private static void foldTwoByFour(
            MemorySegment tile,
            long at,
            int depth,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep) {
        int s1 = sumsAt + sumsStep, s2 = s1 + sumsStep, s3 = s2 + sumsStep;
        FloatVector a0 = load(sums, sumsAt), b0 = load(sums, sumsAt + LANES);
        FloatVector a1 = load(sums, s1), b1 = load(sums, s1 + LANES);
        FloatVector a2 = load(sums, s2), b2 = load(sums, s2 + LANES);
        FloatVector a3 = load(sums, s3), b3 = load(sums, s3 + LANES);
        int x1 = xAt + xStep, x2 = x1 + xStep, x3 = x2 + xStep;
        for (int k = 0; k < depth; k++) {
            long p = at + 4L * ROW * k;
            FloatVector a = load(tile, p), b = load(tile, p + 4L * LANES);
            FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k]);
            a0 = a.fma(factor, a0);
            b0 = b.fma(factor, b0);
            factor = FloatVector.broadcast(FLOAT, x[x1 + k]);
            a1 = a.fma(factor, a1);
            b1 = b.fma(factor, b1);
            factor = FloatVector.broadcast(FLOAT, x[x2 + k]);
            a2 = a.fma(factor, a2);
            b2 = b.fma(factor, b2);
            factor = FloatVector.broadcast(FLOAT, x[x3 + k]);
            a3 = a.fma(factor, a3);
            b3 = b.fma(factor, b3);
        }
        store(sums, sumsAt, a0, b0);
        store(sums, s1, a1, b1);
        store(sums, s2, a2, b2);
        store(sums, s3, a3, b3);
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
        if (SIXTEEN_SUMS) {
            for (int lane = 0; lane < ROW; lane += 2 * LANES) {
                startTwoByEight(tile, at + 4L * lane, depth, x, xAt, xStep, sums, sumsAt + lane, sumsStep);
            }
            return;
        }
        for (int query = 0; query < EIGHT; query++) {
            Arrays.fill(sums, sumsAt + query * sumsStep, sumsAt + query * sumsStep + ROW, 0);
        }
        foldFour(tile, at, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        foldFour(tile, at, depth, x, xAt + FOUR * xStep, xStep, sums, sumsAt + FOUR * sumsStep, sumsStep);
    }

    /** With sums to begin with, which would have to be read, this is more than C2 inlines. */
    private static void startTwoByEight(
            MemorySegment tile,
            long at,
            int depth,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep) {
        FloatVector a0 = FloatVector.zero(FLOAT), b0 = a0;
        FloatVector a1 = FloatVector.zero(FLOAT), b1 = a1;
        FloatVector a2 = FloatVector.zero(FLOAT), b2 = a2;
        FloatVector a3 = FloatVector.zero(FLOAT), b3 = a3;
        FloatVector a4 = FloatVector.zero(FLOAT), b4 = a4;
        FloatVector a5 = FloatVector.zero(FLOAT), b5 = a5;
        FloatVector a6 = FloatVector.zero(FLOAT), b6 = a6;
        FloatVector a7 = FloatVector.zero(FLOAT), b7 = a7;
        for (int k = 0; k < depth; k++) {
            long p = at + 4L * ROW * k;
            FloatVector a = load(tile, p), b = load(tile, p + 4L * LANES);
            FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k]);
            a0 = a.fma(factor, a0);
            b0 = b.fma(factor, b0);
            factor = FloatVector.broadcast(FLOAT, x[xAt + xStep + k]);
            a1 = a.fma(factor, a1);
            b1 = b.fma(factor, b1);
            factor = FloatVector.broadcast(FLOAT, x[xAt + 2 * xStep + k]);
            a2 = a.fma(factor, a2);
            b2 = b.fma(factor, b2);
            factor = FloatVector.broadcast(FLOAT, x[xAt + 3 * xStep + k]);
            a3 = a.fma(factor, a3);
            b3 = b.fma(factor, b3);
            factor = FloatVector.broadcast(FLOAT, x[xAt + 4 * xStep + k]);
            a4 = a.fma(factor, a4);
            b4 = b.fma(factor, b4);
            factor = FloatVector.broadcast(FLOAT, x[xAt + 5 * xStep + k]);
            a5 = a.fma(factor, a5);
            b5 = b.fma(factor, b5);
            factor = FloatVector.broadcast(FLOAT, x[xAt + 6 * xStep + k]);
            a6 = a.fma(factor, a6);
            b6 = b.fma(factor, b6);
            factor = FloatVector.broadcast(FLOAT, x[xAt + 7 * xStep + k]);
            a7 = a.fma(factor, a7);
            b7 = b.fma(factor, b7);
        }
        store(sums, sumsAt, a0, b0);
        store(sums, sumsAt + sumsStep, a1, b1);
        store(sums, sumsAt + 2 * sumsStep, a2, b2);
        store(sums, sumsAt + 3 * sumsStep, a3, b3);
        store(sums, sumsAt + 4 * sumsStep, a4, b4);
        store(sums, sumsAt + 5 * sumsStep, a5, b5);
        store(sums, sumsAt + 6 * sumsStep, a6, b6);
        store(sums, sumsAt + 7 * sumsStep, a7, b7);
    }

    private static FloatVector load(MemorySegment tile, long at) {
        return FloatVector.fromMemorySegment(FLOAT, tile, at, ByteOrder.LITTLE_ENDIAN);
    }

    private static FloatVector load(float[] array, int at) {
        return FloatVector.fromArray(FLOAT, array, at);
    }

    private static void store(float[] array, int at, FloatVector a, FloatVector b) {
        a.intoArray(array, at);
        b.intoArray(array, at + LANES);
    }
}
