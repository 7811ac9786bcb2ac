package io.github.hanllama.quant;

import static io.github.hanllama.quant.SimdHalfFloats.BACK;
import static io.github.hanllama.quant.SimdHalfFloats.MAGNITUDE;
import static io.github.hanllama.quant.SimdHalfFloats.SIGN;
import static io.github.hanllama.quant.SimdHalfFloats.SUBNORMAL;
import static io.github.hanllama.quant.SimdHalfFloats.TOO_HIGH;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * A vector of words by one or four queries. Widening is written out, as {@link SimdHalfFloats#widenF16} does it. Four queries are
 * about as much as C2 inlines: so constants are vectors, with no broadcast for each use, and no method of ours is called in that
 * loop or behind it.
 */
final class SimdHalfTileKernel implements HalfTileKernel {
    private final long rowBytes = (long) Short.BYTES * ROW; // a variable, as in SimdAttentionKernel

    @Override
    public void foldOne(MemorySegment tile, long at, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        for (int lane = 0; lane < APART; lane += LANES) {
            foldByOne(tile, at + 4L * lane, rowBytes, depth, x, xAt, sums, sumsAt + lane);
        }
    }

    static void foldByOne(
            MemorySegment tile, long at, long step, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        IntVector magnitude = broadcast(MAGNITUDE), high = broadcast(TOO_HIGH), sign = broadcast(SIGN);
        FloatVector two = broadcast(2f), subnormal = broadcast(SUBNORMAL), back = broadcast(BACK);
        FloatVector sumA = load(sums, sumsAt), sumB = load(sums, sumsAt + APART);
        int k = xAt;
        for (long p = at, end = at + step * depth; p < end; p += step) {
            // as SimdHalfFloats widens
            IntVector words = words(tile, p);
            IntVector e = words.lanewise(LSHL, 13).and(magnitude).or(high);
            IntVector f = words.lanewise(LSHR, 3).and(magnitude).or(high);
            e = e.min(e.reinterpretAsFloats().fma(two, subnormal).reinterpretAsInts());
            f = f.min(f.reinterpretAsFloats().fma(two, subnormal).reinterpretAsInts());
            e = e.reinterpretAsFloats().mul(back).reinterpretAsInts();
            f = f.reinterpretAsFloats().mul(back).reinterpretAsInts();
            FloatVector a = e.or(words.lanewise(LSHL, 16).and(sign)).reinterpretAsFloats();
            FloatVector b = f.or(words.and(sign)).reinterpretAsFloats();
            FloatVector factor = broadcast(x[k]);
            sumA = a.fma(factor, sumA);
            sumB = b.fma(factor, sumB);
            k++;
        }
        store(sums, sumsAt, sumA, sumB);
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
            foldByFour(tile, at + 4L * lane, depth, x, xAt, xStep, sums, sumsAt + lane, sumsStep);
        }
    }

    static void foldByFour(
            MemorySegment tile,
            long at,
            int depth,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep) {
        IntVector magnitude = broadcast(MAGNITUDE), high = broadcast(TOO_HIGH), sign = broadcast(SIGN);
        FloatVector two = broadcast(2f), subnormal = broadcast(SUBNORMAL), back = broadcast(BACK);
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
            // as SimdHalfFloats widens
            IntVector words = IntVector.fromMemorySegment(INT, tile, at + 2L * ROW * k, ByteOrder.LITTLE_ENDIAN);
            IntVector e = words.lanewise(LSHL, 13).and(magnitude).or(high);
            IntVector f = words.lanewise(LSHR, 3).and(magnitude).or(high);
            e = e.min(e.reinterpretAsFloats().fma(two, subnormal).reinterpretAsInts());
            f = f.min(f.reinterpretAsFloats().fma(two, subnormal).reinterpretAsInts());
            e = e.reinterpretAsFloats().mul(back).reinterpretAsInts();
            f = f.reinterpretAsFloats().mul(back).reinterpretAsInts();
            FloatVector a = e.or(words.lanewise(LSHL, 16).and(sign)).reinterpretAsFloats();
            FloatVector b = f.or(words.and(sign)).reinterpretAsFloats();
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
        a0.intoArray(sums, sumsAt);
        b0.intoArray(sums, sumsAt + APART);
        a1.intoArray(sums, s1);
        b1.intoArray(sums, s1 + APART);
        a2.intoArray(sums, s2);
        b2.intoArray(sums, s2 + APART);
        a3.intoArray(sums, s3);
        b3.intoArray(sums, s3 + APART);
    }

    @Override
    public void widen(MemorySegment tile, long from, int rows, float[] out, int to) {
        for (int lane = 0; lane < APART; lane += LANES) {
            widenRows(tile, from + 4L * lane, rows, out, to + lane);
        }
    }

    private static void widenRows(MemorySegment tile, long at, int rows, float[] out, int to) {
        IntVector magnitude = broadcast(MAGNITUDE), high = broadcast(TOO_HIGH), sign = broadcast(SIGN);
        FloatVector two = broadcast(2f), subnormal = broadcast(SUBNORMAL), back = broadcast(BACK);
        for (int k = 0; k < rows; k++) {
            // as SimdHalfFloats widens
            IntVector words = words(tile, at + 2L * ROW * k);
            IntVector e = words.lanewise(LSHL, 13).and(magnitude).or(high);
            IntVector f = words.lanewise(LSHR, 3).and(magnitude).or(high);
            e = e.min(e.reinterpretAsFloats().fma(two, subnormal).reinterpretAsInts());
            f = f.min(f.reinterpretAsFloats().fma(two, subnormal).reinterpretAsInts());
            e = e.reinterpretAsFloats().mul(back).reinterpretAsInts();
            f = f.reinterpretAsFloats().mul(back).reinterpretAsInts();
            FloatVector a = e.or(words.lanewise(LSHL, 16).and(sign)).reinterpretAsFloats();
            FloatVector b = f.or(words.and(sign)).reinterpretAsFloats();
            store(out, to + ROW * k, a, b);
        }
    }

    static IntVector words(MemorySegment tile, long at) {
        return IntVector.fromMemorySegment(INT, tile, at, ByteOrder.LITTLE_ENDIAN);
    }

    static IntVector broadcast(int value) {
        return IntVector.broadcast(INT, value);
    }

    static FloatVector broadcast(float value) {
        return FloatVector.broadcast(FLOAT, value);
    }

    static FloatVector load(float[] array, int at) {
        return FloatVector.fromArray(FLOAT, array, at);
    }

    static void store(float[] array, int at, FloatVector a, FloatVector b) {
        a.intoArray(array, at);
        b.intoArray(array, at + APART);
    }
}
