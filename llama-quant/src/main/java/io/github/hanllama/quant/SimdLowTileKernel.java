package io.github.hanllama.quant;

import static io.github.hanllama.quant.SimdHalfFloats.F16_INFINITY;
import static io.github.hanllama.quant.SimdHalfFloats.F16_MAGNITUDE;
import static io.github.hanllama.quant.SimdHalfFloats.LOW;
import static io.github.hanllama.quant.SimdHalfFloats.TOO_LOW;
import static io.github.hanllama.quant.SimdHalfTileKernel.broadcast;
import static io.github.hanllama.quant.SimdHalfTileKernel.foldByFour;
import static io.github.hanllama.quant.SimdHalfTileKernel.foldByOne;
import static io.github.hanllama.quant.SimdHalfTileKernel.load;
import static io.github.hanllama.quant.SimdHalfTileKernel.store;
import static io.github.hanllama.quant.SimdHalfTileKernel.words;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.MAX;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Widens by a product with {@link SimdHalfFloats#TOO_LOW}, which takes less than half the operations of {@link SimdHalfTileKernel}, on
 * processors that are as fast at subnormal numbers as at others. So eight queries can meet a tile at once. Numbers that are
 * infinite or NaN are left to the other kernel. Constants are vectors, and loops by several queries call no method of ours, as there.
 */
final class SimdLowTileKernel implements HalfTileKernel {
    private static final int BOTH_MAGNITUDES = F16_MAGNITUDE | F16_MAGNITUDE << Short.SIZE;

    private final long rowBytes = (long) Short.BYTES * ROW; // a variable, as in SimdAttentionKernel
    private final HalfTileKernel widening = new SimdHalfTileKernel();

    @Override
    public void foldOne(MemorySegment tile, long at, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        for (int lane = 0; lane < APART; lane += LANES) {
            if (!foldLow(tile, at + 4L * lane, rowBytes, depth, x, xAt, sums, sumsAt + lane)) {
                foldByOne(tile, at + 4L * lane, rowBytes, depth, x, xAt, sums, sumsAt + lane);
            }
        }
    }

    /** @return false, with nothing changed, when a number is infinite or NaN */
    private static boolean foldLow(
            MemorySegment tile, long at, long step, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        IntVector mask = broadcast(LOW);
        FloatVector tooLow = broadcast(TOO_LOW);
        FloatVector sumA = load(sums, sumsAt), sumB = load(sums, sumsAt + APART);
        ShortVector most = IntVector.zero(INT).reinterpretAsShorts();
        int k = xAt;
        for (long p = at, end = at + step * depth; p < end; p += step) {
            IntVector words = words(tile, p);
            most = most.max(words.reinterpretAsShorts().and(F16_MAGNITUDE));
            FloatVector a = words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 3)
                    .and(mask)
                    .reinterpretAsFloats()
                    .mul(tooLow);
            FloatVector b =
                    words.lanewise(ASHR, 3).and(mask).reinterpretAsFloats().mul(tooLow);
            FloatVector factor = broadcast(x[k]);
            sumA = a.fma(factor, sumA);
            sumB = b.fma(factor, sumB);
            k++;
        }
        if (most.reduceLanes(MAX) >= F16_INFINITY) {
            return false;
        }
        store(sums, sumsAt, sumA, sumB);
        return true;
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
        for (int lane = 0; lane < APART; lane += LANES) {
            if (!foldLow(tile, at + 4L * lane, depth, x, xAt, xStep, sums, sumsAt + lane, sumsStep)) {
                foldByFour(tile, at + 4L * lane, depth, x, xAt, xStep, sums, sumsAt + lane, sumsStep);
            }
        }
    }

    /** @return as for one */
    private static boolean foldLow(
            MemorySegment tile,
            long at,
            int depth,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep) {
        IntVector mask = broadcast(LOW);
        FloatVector tooLow = broadcast(TOO_LOW);
        ShortVector most = IntVector.zero(INT).reinterpretAsShorts();
        ShortVector magnitude = broadcast(BOTH_MAGNITUDES).reinterpretAsShorts();
        int s1 = sumsAt + sumsStep, s2 = s1 + sumsStep, s3 = s2 + sumsStep;
        FloatVector a0 = FloatVector.fromArray(FLOAT, sums, sumsAt);
        FloatVector b0 = FloatVector.fromArray(FLOAT, sums, sumsAt + APART);
        FloatVector a1 = FloatVector.fromArray(FLOAT, sums, s1);
        FloatVector b1 = FloatVector.fromArray(FLOAT, sums, s1 + APART);
        FloatVector a2 = FloatVector.fromArray(FLOAT, sums, s2);
        FloatVector b2 = FloatVector.fromArray(FLOAT, sums, s2 + APART);
        FloatVector a3 = FloatVector.fromArray(FLOAT, sums, s3);
        FloatVector b3 = FloatVector.fromArray(FLOAT, sums, s3 + APART);
        int x1 = xAt + xStep, x2 = x1 + xStep, x3 = x2 + xStep;
        for (int k = 0; k < depth; k++) {
            IntVector words = IntVector.fromMemorySegment(INT, tile, at + 2L * ROW * k, ByteOrder.LITTLE_ENDIAN);
            most = most.max(words.reinterpretAsShorts().and(magnitude));
            FloatVector a = words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 3)
                    .and(mask)
                    .reinterpretAsFloats()
                    .mul(tooLow);
            FloatVector b =
                    words.lanewise(ASHR, 3).and(mask).reinterpretAsFloats().mul(tooLow);
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
        if (most.reduceLanes(MAX) >= F16_INFINITY) {
            return false;
        }
        a0.intoArray(sums, sumsAt);
        b0.intoArray(sums, sumsAt + APART);
        a1.intoArray(sums, s1);
        b1.intoArray(sums, s1 + APART);
        a2.intoArray(sums, s2);
        b2.intoArray(sums, s2 + APART);
        a3.intoArray(sums, s3);
        b3.intoArray(sums, s3 + APART);
        return true;
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
        if (LANES != APART || !startLow(tile, at, depth, x, xAt, xStep, sums, sumsAt, sumsStep)) {
            HalfTileKernel.super.startEight(tile, at, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        }
    }

    /**
     * Sixteen sums need the registers of 512 bits.
     *
     * @return as for one
     */
    private static boolean startLow(
            MemorySegment tile,
            long at,
            int depth,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep) {
        IntVector mask = broadcast(LOW);
        FloatVector tooLow = broadcast(TOO_LOW);
        ShortVector most = IntVector.zero(INT).reinterpretAsShorts();
        ShortVector magnitude = broadcast(BOTH_MAGNITUDES).reinterpretAsShorts();
        FloatVector a0 = FloatVector.zero(FLOAT), b0 = a0, a1 = a0, b1 = a0, a2 = a0, b2 = a0, a3 = a0, b3 = a0;
        FloatVector a4 = a0, b4 = a0, a5 = a0, b5 = a0, a6 = a0, b6 = a0, a7 = a0, b7 = a0;
        int x1 = xAt + xStep, x2 = x1 + xStep, x3 = x2 + xStep, x4 = x3 + xStep;
        int x5 = x4 + xStep, x6 = x5 + xStep, x7 = x6 + xStep;
        for (int k = 0; k < depth; k++) {
            IntVector words = IntVector.fromMemorySegment(INT, tile, at + 2L * ROW * k, ByteOrder.LITTLE_ENDIAN);
            most = most.max(words.reinterpretAsShorts().and(magnitude));
            FloatVector a = words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 3)
                    .and(mask)
                    .reinterpretAsFloats()
                    .mul(tooLow);
            FloatVector b =
                    words.lanewise(ASHR, 3).and(mask).reinterpretAsFloats().mul(tooLow);
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
            factor = FloatVector.broadcast(FLOAT, x[x4 + k]);
            a4 = a.fma(factor, a4);
            b4 = b.fma(factor, b4);
            factor = FloatVector.broadcast(FLOAT, x[x5 + k]);
            a5 = a.fma(factor, a5);
            b5 = b.fma(factor, b5);
            factor = FloatVector.broadcast(FLOAT, x[x6 + k]);
            a6 = a.fma(factor, a6);
            b6 = b.fma(factor, b6);
            factor = FloatVector.broadcast(FLOAT, x[x7 + k]);
            a7 = a.fma(factor, a7);
            b7 = b.fma(factor, b7);
        }
        if (most.reduceLanes(MAX) >= F16_INFINITY) {
            return false;
        }
        int s1 = sumsAt + sumsStep, s2 = s1 + sumsStep, s3 = s2 + sumsStep, s4 = s3 + sumsStep;
        int s5 = s4 + sumsStep, s6 = s5 + sumsStep, s7 = s6 + sumsStep;
        a0.intoArray(sums, sumsAt);
        b0.intoArray(sums, sumsAt + APART);
        a1.intoArray(sums, s1);
        b1.intoArray(sums, s1 + APART);
        a2.intoArray(sums, s2);
        b2.intoArray(sums, s2 + APART);
        a3.intoArray(sums, s3);
        b3.intoArray(sums, s3 + APART);
        a4.intoArray(sums, s4);
        b4.intoArray(sums, s4 + APART);
        a5.intoArray(sums, s5);
        b5.intoArray(sums, s5 + APART);
        a6.intoArray(sums, s6);
        b6.intoArray(sums, s6 + APART);
        a7.intoArray(sums, s7);
        b7.intoArray(sums, s7 + APART);
        return true;
    }

    @Override
    public void widen(MemorySegment tile, long from, int rows, float[] out, int to) {
        widening.widen(tile, from, rows, out, to);
    }
}
