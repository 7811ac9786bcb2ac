package io.github.hanllama.quant;

import static io.github.hanllama.quant.PackedMatrix.DEPTH;
import static io.github.hanllama.quant.PackedMatrix.STRIP;
import static io.github.hanllama.quant.SimdHalfFloats.BACK;
import static io.github.hanllama.quant.SimdHalfFloats.F16_INFINITY;
import static io.github.hanllama.quant.SimdHalfFloats.F16_MAGNITUDE;
import static io.github.hanllama.quant.SimdHalfFloats.LOW;
import static io.github.hanllama.quant.SimdHalfFloats.MAGNITUDE;
import static io.github.hanllama.quant.SimdHalfFloats.SIGN;
import static io.github.hanllama.quant.SimdHalfFloats.SUBNORMAL;
import static io.github.hanllama.quant.SimdHalfFloats.TOO_HIGH;
import static io.github.hanllama.quant.SimdHalfFloats.TOO_LOW;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Weights in F16 by one token, as {@link SimdPlainRows} reads them. */
final class SimdHalfRows {
    /** The smallest activation that is too large for f32 when it is multiplied by {@link SimdHalfFloats#TOO_LOW}. */
    private static final float LARGE = 0x1p16f;

    private SimdHalfRows() {}

    /** Whether some activation is too large for {@link #addLow}, or not a number. */
    static boolean large(float[] x, int columns) {
        int large = Float.floatToRawIntBits(LARGE);
        IntVector most = IntVector.zero(INT);
        int k = 0;
        for (; k <= columns - LANES; k += LANES) {
            most = most.max(FloatVector.fromArray(FLOAT, x, k).abs().reinterpretAsInts());
        }
        int rest = 0;
        for (; k < columns; k++) {
            rest = Math.max(rest, Float.floatToRawIntBits(Math.abs(x[k])));
        }
        return Math.max(rest, most.reduceLanes(VectorOperators.MAX)) >= large;
    }

    /** @param low whether to try {@link #addLow} */
    static void add(
            MemorySegment w, long at, long apart, float[] x, int xAt, int columns, float[] sums, int row, boolean low) {
        if (!low || !addLow(w, at, apart, x, xAt, columns, sums, row)) {
            addWidened(w, at, apart, x, xAt, columns, sums, row);
        }
    }

    /**
     * Takes half the operations of {@link #addWidened} and gives the same bits: weights are put where f32 has sign, exponent and
     * mantissa, and are then 112 powers of two too low, while what they are multiplied by is as many too high. Weights that are
     * subnormal in F16 are subnormal in f32, too, which some processors are slow at.
     *
     * @return false, with nothing added, when a weight is infinite or not a number
     */
    private static boolean addLow(
            MemorySegment w, long at, long apart, float[] x, int xAt, int columns, float[] sums, int row) {
        FloatVector sumA = FloatVector.fromArray(FLOAT, sums, row);
        FloatVector sumB = FloatVector.fromArray(FLOAT, sums, row + LANES);
        FloatVector sumC = FloatVector.fromArray(FLOAT, sums, row + STRIP);
        FloatVector sumD = FloatVector.fromArray(FLOAT, sums, row + STRIP + LANES);
        FloatVector a = FloatVector.zero(FLOAT), b = a, c = a, d = a;
        ShortVector most = IntVector.zero(INT).reinterpretAsShorts();
        for (int k = 0; k < columns; k++) {
            long p = at + 2L * STRIP * k;
            FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k] * TOO_LOW);
            IntVector first = IntVector.fromMemorySegment(INT, w, p, ByteOrder.LITTLE_ENDIAN);
            IntVector second = IntVector.fromMemorySegment(INT, w, p + apart, ByteOrder.LITTLE_ENDIAN);
            most = most.max(first.reinterpretAsShorts().and(F16_MAGNITUDE))
                    .max(second.reinterpretAsShorts().and(F16_MAGNITUDE));
            IntVector e = first.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(LOW);
            IntVector f = first.lanewise(VectorOperators.ASHR, 3).and(LOW);
            IntVector g = second.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(LOW);
            IntVector h = second.lanewise(VectorOperators.ASHR, 3).and(LOW);
            a = e.reinterpretAsFloats().fma(factor, a);
            b = f.reinterpretAsFloats().fma(factor, b);
            c = g.reinterpretAsFloats().fma(factor, c);
            d = h.reinterpretAsFloats().fma(factor, d);
            if (k % DEPTH == DEPTH - 1) {
                sumA = sumA.add(a);
                sumB = sumB.add(b);
                sumC = sumC.add(c);
                sumD = sumD.add(d);
                a = b = c = d = FloatVector.zero(FLOAT);
            }
        }
        if (most.reduceLanes(VectorOperators.MAX) >= F16_INFINITY) {
            return false;
        }
        sumA.add(a).intoArray(sums, row);
        sumB.add(b).intoArray(sums, row + LANES);
        sumC.add(c).intoArray(sums, row + STRIP);
        sumD.add(d).intoArray(sums, row + STRIP + LANES);
        return true;
    }

    /** Widens as {@link SimdHalfFloats#widenF16} does. */
    private static void addWidened(
            MemorySegment w, long at, long apart, float[] x, int xAt, int columns, float[] sums, int row) {
        FloatVector sumA = FloatVector.fromArray(FLOAT, sums, row);
        FloatVector sumB = FloatVector.fromArray(FLOAT, sums, row + LANES);
        FloatVector sumC = FloatVector.fromArray(FLOAT, sums, row + STRIP);
        FloatVector sumD = FloatVector.fromArray(FLOAT, sums, row + STRIP + LANES);
        FloatVector a = FloatVector.zero(FLOAT), b = a, c = a, d = a;
        for (int k = 0; k < columns; k++) {
            long p = at + 2L * STRIP * k;
            FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k]);
            IntVector first = IntVector.fromMemorySegment(INT, w, p, ByteOrder.LITTLE_ENDIAN);
            IntVector second = IntVector.fromMemorySegment(INT, w, p + apart, ByteOrder.LITTLE_ENDIAN);
            // 1) magnitudes, too high: right for normal numbers
            IntVector e =
                    first.lanewise(VectorOperators.LSHL, 13).and(MAGNITUDE).or(TOO_HIGH);
            IntVector f = first.lanewise(VectorOperators.LSHR, 3).and(MAGNITUDE).or(TOO_HIGH);
            IntVector g =
                    second.lanewise(VectorOperators.LSHL, 13).and(MAGNITUDE).or(TOO_HIGH);
            IntVector h =
                    second.lanewise(VectorOperators.LSHR, 3).and(MAGNITUDE).or(TOO_HIGH);
            // 2) subnormal numbers
            e = e.min(e.reinterpretAsFloats().fma(2f, SUBNORMAL).reinterpretAsInts());
            f = f.min(f.reinterpretAsFloats().fma(2f, SUBNORMAL).reinterpretAsInts());
            g = g.min(g.reinterpretAsFloats().fma(2f, SUBNORMAL).reinterpretAsInts());
            h = h.min(h.reinterpretAsFloats().fma(2f, SUBNORMAL).reinterpretAsInts());
            // 3) as large as they are
            e = e.reinterpretAsFloats().mul(BACK).reinterpretAsInts();
            f = f.reinterpretAsFloats().mul(BACK).reinterpretAsInts();
            g = g.reinterpretAsFloats().mul(BACK).reinterpretAsInts();
            h = h.reinterpretAsFloats().mul(BACK).reinterpretAsInts();
            // 4) signs
            e = e.or(first.lanewise(VectorOperators.LSHL, 16).and(SIGN));
            f = f.or(first.and(SIGN));
            g = g.or(second.lanewise(VectorOperators.LSHL, 16).and(SIGN));
            h = h.or(second.and(SIGN));
            a = e.reinterpretAsFloats().fma(factor, a);
            b = f.reinterpretAsFloats().fma(factor, b);
            c = g.reinterpretAsFloats().fma(factor, c);
            d = h.reinterpretAsFloats().fma(factor, d);
            if (k % DEPTH == DEPTH - 1) {
                sumA = sumA.add(a);
                sumB = sumB.add(b);
                sumC = sumC.add(c);
                sumD = sumD.add(d);
                a = b = c = d = FloatVector.zero(FLOAT);
            }
        }
        sumA.add(a).intoArray(sums, row);
        sumB.add(b).intoArray(sums, row + LANES);
        sumC.add(c).intoArray(sums, row + STRIP);
        sumD.add(d).intoArray(sums, row + STRIP + LANES);
    }
}
