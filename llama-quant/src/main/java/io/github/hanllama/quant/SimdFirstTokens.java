package io.github.hanllama.quant;

import static io.github.hanllama.quant.PackedMatrix.STRIP;
import static io.github.hanllama.quant.PackedMatrix.TILE;
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
import static io.github.hanllama.quant.SimdSpecies.HALF;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.S2I;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Columns of a part, out of memory, by the first four of many tokens; widened they are left in a panel for the others. A processor
 * reads ahead of such a loop, while one that only widens waits for every piece: a prompt of eight tokens in F16 takes half the time.
 * Two vectors of rows of one strip at a time, unless it says otherwise.
 *
 * <p>Written out for the reasons that {@link SimdRun.Stage} gives.
 */
final class SimdFirstTokens {
    /** Columns that share a scale where levels have six bits. */
    private static final int HALF_BLOCK = BlockLayout.BLOCK / 2;

    /** What makes a small integer the float {@link #MANTISSA} plus it. */
    static final int EXPONENT = 0x4b00_0000;

    static final float MANTISSA = 0x1p23f;

    private SimdFirstTokens() {}

    /**
     * Both strips at once, which with vectors of 512 bits takes a sixth less time than one after the other, of weights in F16. They are put
     * where f32 has sign, exponent and mantissa, and multiplied as {@link SimdHalfFloats#TOO_LOW} says.
     *
     * @return false, with no sum changed, when a weight is infinite or not a number
     */
    static boolean addLow(
            MemorySegment w, long at, long apart, int depth, float[] panel, int to, float[] x, int xAt, float[] sums) {
        IntVector mask = IntVector.broadcast(INT, LOW);
        FloatVector tooLow = FloatVector.broadcast(FLOAT, TOO_LOW);
        ShortVector magnitude = ShortVector.broadcast(SHORT, F16_MAGNITUDE);
        ShortVector most = ShortVector.zero(SHORT);
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector a0 = zero, b0 = zero, c0 = zero, d0 = zero;
        FloatVector a1 = zero, b1 = zero, c1 = zero, d1 = zero;
        FloatVector a2 = zero, b2 = zero, c2 = zero, d2 = zero;
        FloatVector a3 = zero, b3 = zero, c3 = zero, d3 = zero;
        for (int k = 0; k < depth; k++) {
            long p = at + 2L * STRIP * k;
            long q = p + apart;
            FloatVector a = ((IntVector) ShortVector.fromMemorySegment(HALF, w, p, ByteOrder.LITTLE_ENDIAN)
                            .convertShape(S2I, INT, 0))
                    .lanewise(LSHL, 13)
                    .and(mask)
                    .reinterpretAsFloats()
                    .mul(tooLow);
            FloatVector b = ((IntVector) ShortVector.fromMemorySegment(HALF, w, p + 2 * LANES, ByteOrder.LITTLE_ENDIAN)
                            .convertShape(S2I, INT, 0))
                    .lanewise(LSHL, 13)
                    .and(mask)
                    .reinterpretAsFloats()
                    .mul(tooLow);
            FloatVector c = ((IntVector) ShortVector.fromMemorySegment(HALF, w, q, ByteOrder.LITTLE_ENDIAN)
                            .convertShape(S2I, INT, 0))
                    .lanewise(LSHL, 13)
                    .and(mask)
                    .reinterpretAsFloats()
                    .mul(tooLow);
            FloatVector d = ((IntVector) ShortVector.fromMemorySegment(HALF, w, q + 2 * LANES, ByteOrder.LITTLE_ENDIAN)
                            .convertShape(S2I, INT, 0))
                    .lanewise(LSHL, 13)
                    .and(mask)
                    .reinterpretAsFloats()
                    .mul(tooLow);
            most = most.max(ShortVector.fromMemorySegment(SHORT, w, p, ByteOrder.LITTLE_ENDIAN)
                            .and(magnitude))
                    .max(ShortVector.fromMemorySegment(SHORT, w, q, ByteOrder.LITTLE_ENDIAN)
                            .and(magnitude));
            int row = to + k * STRIP;
            a.intoArray(panel, row);
            b.intoArray(panel, row + LANES);
            c.intoArray(panel, row + WeightPanel.APART);
            d.intoArray(panel, row + WeightPanel.APART + LANES);
            int i = xAt + TokenTiles.TILE * k;
            FloatVector factor = FloatVector.broadcast(FLOAT, x[i]);
            a0 = a.fma(factor, a0);
            b0 = b.fma(factor, b0);
            c0 = c.fma(factor, c0);
            d0 = d.fma(factor, d0);
            factor = FloatVector.broadcast(FLOAT, x[i + 1]);
            a1 = a.fma(factor, a1);
            b1 = b.fma(factor, b1);
            c1 = c.fma(factor, c1);
            d1 = d.fma(factor, d1);
            factor = FloatVector.broadcast(FLOAT, x[i + 2]);
            a2 = a.fma(factor, a2);
            b2 = b.fma(factor, b2);
            c2 = c.fma(factor, c2);
            d2 = d.fma(factor, d2);
            factor = FloatVector.broadcast(FLOAT, x[i + 3]);
            a3 = a.fma(factor, a3);
            b3 = b.fma(factor, b3);
            c3 = c.fma(factor, c3);
            d3 = d.fma(factor, d3);
        }
        if (most.reduceLanes(MAX) >= F16_INFINITY) {
            return false;
        }
        int s1 = TILE, s2 = s1 + TILE, s3 = s2 + TILE;
        FloatVector.fromArray(FLOAT, sums, 0).add(a0).intoArray(sums, 0);
        FloatVector.fromArray(FLOAT, sums, LANES).add(b0).intoArray(sums, LANES);
        FloatVector.fromArray(FLOAT, sums, STRIP).add(c0).intoArray(sums, STRIP);
        FloatVector.fromArray(FLOAT, sums, STRIP + LANES).add(d0).intoArray(sums, STRIP + LANES);
        FloatVector.fromArray(FLOAT, sums, s1).add(a1).intoArray(sums, s1);
        FloatVector.fromArray(FLOAT, sums, s1 + LANES).add(b1).intoArray(sums, s1 + LANES);
        FloatVector.fromArray(FLOAT, sums, s1 + STRIP).add(c1).intoArray(sums, s1 + STRIP);
        FloatVector.fromArray(FLOAT, sums, s1 + STRIP + LANES).add(d1).intoArray(sums, s1 + STRIP + LANES);
        FloatVector.fromArray(FLOAT, sums, s2).add(a2).intoArray(sums, s2);
        FloatVector.fromArray(FLOAT, sums, s2 + LANES).add(b2).intoArray(sums, s2 + LANES);
        FloatVector.fromArray(FLOAT, sums, s2 + STRIP).add(c2).intoArray(sums, s2 + STRIP);
        FloatVector.fromArray(FLOAT, sums, s2 + STRIP + LANES).add(d2).intoArray(sums, s2 + STRIP + LANES);
        FloatVector.fromArray(FLOAT, sums, s3).add(a3).intoArray(sums, s3);
        FloatVector.fromArray(FLOAT, sums, s3 + LANES).add(b3).intoArray(sums, s3 + LANES);
        FloatVector.fromArray(FLOAT, sums, s3 + STRIP).add(c3).intoArray(sums, s3 + STRIP);
        FloatVector.fromArray(FLOAT, sums, s3 + STRIP + LANES).add(d3).intoArray(sums, s3 + STRIP + LANES);
        return true;
    }

    /** Any weights in F16, widened as {@link SimdHalfFloats#widenF16} does. */
    static void addF16(
            MemorySegment w, long at, int depth, float[] panel, int to, float[] x, int xAt, float[] sums, int sumsAt) {
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector a0 = zero, b0 = zero, a1 = zero, b1 = zero, a2 = zero, b2 = zero, a3 = zero, b3 = zero;
        for (int k = 0; k < depth; k++) {
            long p = at + 2L * STRIP * k;
            IntVector first = ((IntVector) ShortVector.fromMemorySegment(HALF, w, p, ByteOrder.LITTLE_ENDIAN)
                            .convertShape(S2I, INT, 0))
                    .lanewise(LSHL, 13);
            IntVector second = ((IntVector)
                            ShortVector.fromMemorySegment(HALF, w, p + 2 * LANES, ByteOrder.LITTLE_ENDIAN)
                                    .convertShape(S2I, INT, 0))
                    .lanewise(LSHL, 13);
            IntVector e = first.and(MAGNITUDE).or(TOO_HIGH);
            IntVector f = second.and(MAGNITUDE).or(TOO_HIGH);
            e = e.min(e.reinterpretAsFloats().fma(2f, SUBNORMAL).reinterpretAsInts());
            f = f.min(f.reinterpretAsFloats().fma(2f, SUBNORMAL).reinterpretAsInts());
            e = e.reinterpretAsFloats().mul(BACK).reinterpretAsInts();
            f = f.reinterpretAsFloats().mul(BACK).reinterpretAsInts();
            FloatVector a = e.or(first.and(SIGN)).reinterpretAsFloats();
            FloatVector b = f.or(second.and(SIGN)).reinterpretAsFloats();
            a.intoArray(panel, to + k * STRIP);
            b.intoArray(panel, to + k * STRIP + LANES);
            int q = xAt + TokenTiles.TILE * k;
            FloatVector factor = FloatVector.broadcast(FLOAT, x[q]);
            a0 = a.fma(factor, a0);
            b0 = b.fma(factor, b0);
            factor = FloatVector.broadcast(FLOAT, x[q + 1]);
            a1 = a.fma(factor, a1);
            b1 = b.fma(factor, b1);
            factor = FloatVector.broadcast(FLOAT, x[q + 2]);
            a2 = a.fma(factor, a2);
            b2 = b.fma(factor, b2);
            factor = FloatVector.broadcast(FLOAT, x[q + 3]);
            a3 = a.fma(factor, a3);
            b3 = b.fma(factor, b3);
        }
        int s1 = sumsAt + TILE, s2 = s1 + TILE, s3 = s2 + TILE;
        FloatVector.fromArray(FLOAT, sums, sumsAt).add(a0).intoArray(sums, sumsAt);
        FloatVector.fromArray(FLOAT, sums, sumsAt + LANES).add(b0).intoArray(sums, sumsAt + LANES);
        FloatVector.fromArray(FLOAT, sums, s1).add(a1).intoArray(sums, s1);
        FloatVector.fromArray(FLOAT, sums, s1 + LANES).add(b1).intoArray(sums, s1 + LANES);
        FloatVector.fromArray(FLOAT, sums, s2).add(a2).intoArray(sums, s2);
        FloatVector.fromArray(FLOAT, sums, s2 + LANES).add(b2).intoArray(sums, s2 + LANES);
        FloatVector.fromArray(FLOAT, sums, s3).add(a3).intoArray(sums, s3);
        FloatVector.fromArray(FLOAT, sums, s3 + LANES).add(b3).intoArray(sums, s3 + LANES);
    }

    static void addBf16(
            MemorySegment w, long at, int depth, float[] panel, int to, float[] x, int xAt, float[] sums, int sumsAt) {
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector a0 = zero, b0 = zero, a1 = zero, b1 = zero, a2 = zero, b2 = zero, a3 = zero, b3 = zero;
        for (int k = 0; k < depth; k++) {
            long p = at + 2L * STRIP * k;
            FloatVector a = SimdHalfFloats.widenBf16(w, p);
            FloatVector b = SimdHalfFloats.widenBf16(w, p + 2 * LANES);
            a.intoArray(panel, to + k * STRIP);
            b.intoArray(panel, to + k * STRIP + LANES);
            int q = xAt + TokenTiles.TILE * k;
            FloatVector factor = FloatVector.broadcast(FLOAT, x[q]);
            a0 = a.fma(factor, a0);
            b0 = b.fma(factor, b0);
            factor = FloatVector.broadcast(FLOAT, x[q + 1]);
            a1 = a.fma(factor, a1);
            b1 = b.fma(factor, b1);
            factor = FloatVector.broadcast(FLOAT, x[q + 2]);
            a2 = a.fma(factor, a2);
            b2 = b.fma(factor, b2);
            factor = FloatVector.broadcast(FLOAT, x[q + 3]);
            a3 = a.fma(factor, a3);
            b3 = b.fma(factor, b3);
        }
        int s1 = sumsAt + TILE, s2 = s1 + TILE, s3 = s2 + TILE;
        FloatVector.fromArray(FLOAT, sums, sumsAt).add(a0).intoArray(sums, sumsAt);
        FloatVector.fromArray(FLOAT, sums, sumsAt + LANES).add(b0).intoArray(sums, sumsAt + LANES);
        FloatVector.fromArray(FLOAT, sums, s1).add(a1).intoArray(sums, s1);
        FloatVector.fromArray(FLOAT, sums, s1 + LANES).add(b1).intoArray(sums, s1 + LANES);
        FloatVector.fromArray(FLOAT, sums, s2).add(a2).intoArray(sums, s2);
        FloatVector.fromArray(FLOAT, sums, s2 + LANES).add(b2).intoArray(sums, s2 + LANES);
        FloatVector.fromArray(FLOAT, sums, s3).add(a3).intoArray(sums, s3);
        FloatVector.fromArray(FLOAT, sums, s3 + LANES).add(b3).intoArray(sums, s3 + LANES);
    }

    static void addF32(
            MemorySegment w, long at, int depth, float[] panel, int to, float[] x, int xAt, float[] sums, int sumsAt) {
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector a0 = zero, b0 = zero, a1 = zero, b1 = zero, a2 = zero, b2 = zero, a3 = zero, b3 = zero;
        for (int k = 0; k < depth; k++) {
            long p = at + 4L * STRIP * k;
            FloatVector a = FloatVector.fromMemorySegment(FLOAT, w, p, ByteOrder.LITTLE_ENDIAN);
            FloatVector b = FloatVector.fromMemorySegment(FLOAT, w, p + 4 * LANES, ByteOrder.LITTLE_ENDIAN);
            a.intoArray(panel, to + k * STRIP);
            b.intoArray(panel, to + k * STRIP + LANES);
            int q = xAt + TokenTiles.TILE * k;
            FloatVector factor = FloatVector.broadcast(FLOAT, x[q]);
            a0 = a.fma(factor, a0);
            b0 = b.fma(factor, b0);
            factor = FloatVector.broadcast(FLOAT, x[q + 1]);
            a1 = a.fma(factor, a1);
            b1 = b.fma(factor, b1);
            factor = FloatVector.broadcast(FLOAT, x[q + 2]);
            a2 = a.fma(factor, a2);
            b2 = b.fma(factor, b2);
            factor = FloatVector.broadcast(FLOAT, x[q + 3]);
            a3 = a.fma(factor, a3);
            b3 = b.fma(factor, b3);
        }
        int s1 = sumsAt + TILE, s2 = s1 + TILE, s3 = s2 + TILE;
        FloatVector.fromArray(FLOAT, sums, sumsAt).add(a0).intoArray(sums, sumsAt);
        FloatVector.fromArray(FLOAT, sums, sumsAt + LANES).add(b0).intoArray(sums, sumsAt + LANES);
        FloatVector.fromArray(FLOAT, sums, s1).add(a1).intoArray(sums, s1);
        FloatVector.fromArray(FLOAT, sums, s1 + LANES).add(b1).intoArray(sums, s1 + LANES);
        FloatVector.fromArray(FLOAT, sums, s2).add(a2).intoArray(sums, s2);
        FloatVector.fromArray(FLOAT, sums, s2 + LANES).add(b2).intoArray(sums, s2 + LANES);
        FloatVector.fromArray(FLOAT, sums, s3).add(a3).intoArray(sums, s3);
        FloatVector.fromArray(FLOAT, sums, s3 + LANES).add(b3).intoArray(sums, s3 + LANES);
    }

    /** Levels of eight bits of a whole block, four columns to a word. */
    static void addBytes(
            BlockStrip strip, int block, float[] panel, int to, float[] x, int xAt, float[] sums, int sumsAt) {
        MemorySegment w = strip.weights();
        for (int row = 0; row < STRIP; row += 2 * LANES) {
            long at = strip.levelsAt(block) + 4 * row;
            addBytes(w, at, strip.scalesAt(block) + 2 * row, panel, to + row, x, xAt, sums, sumsAt + row);
        }
    }

    private static void addBytes(
            MemorySegment w,
            long at,
            long scaleAt,
            float[] panel,
            int to,
            float[] x,
            int xAt,
            float[] sums,
            int sumsAt) {
        FloatVector scaleA = SimdHalfFloats.widenF16(w, scaleAt);
        FloatVector scaleB = SimdHalfFloats.widenF16(w, scaleAt + 2 * LANES);
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector a0 = zero, b0 = zero, a1 = zero, b1 = zero, a2 = zero, b2 = zero, a3 = zero, b3 = zero;
        for (int k = 0; k < BlockLayout.BLOCK; k++) {
            long p = at + (long) k / 4 * BlockLayout.WORD;
            int shift = 24 - k % 4 * 8;
            IntVector e = IntVector.fromMemorySegment(INT, w, p, ByteOrder.LITTLE_ENDIAN)
                    .lanewise(LSHL, shift)
                    .lanewise(ASHR, 24);
            IntVector f = IntVector.fromMemorySegment(INT, w, p + 4 * LANES, ByteOrder.LITTLE_ENDIAN)
                    .lanewise(LSHL, shift)
                    .lanewise(ASHR, 24);
            FloatVector a = ((FloatVector) e.convert(I2F, 0)).mul(scaleA);
            FloatVector b = ((FloatVector) f.convert(I2F, 0)).mul(scaleB);
            a.intoArray(panel, to + k * STRIP);
            b.intoArray(panel, to + k * STRIP + LANES);
            int q = xAt + TokenTiles.TILE * k;
            FloatVector factor = FloatVector.broadcast(FLOAT, x[q]);
            a0 = a.fma(factor, a0);
            b0 = b.fma(factor, b0);
            factor = FloatVector.broadcast(FLOAT, x[q + 1]);
            a1 = a.fma(factor, a1);
            b1 = b.fma(factor, b1);
            factor = FloatVector.broadcast(FLOAT, x[q + 2]);
            a2 = a.fma(factor, a2);
            b2 = b.fma(factor, b2);
            factor = FloatVector.broadcast(FLOAT, x[q + 3]);
            a3 = a.fma(factor, a3);
            b3 = b.fma(factor, b3);
        }
        int s1 = sumsAt + TILE, s2 = s1 + TILE, s3 = s2 + TILE;
        FloatVector.fromArray(FLOAT, sums, sumsAt).add(a0).intoArray(sums, sumsAt);
        FloatVector.fromArray(FLOAT, sums, sumsAt + LANES).add(b0).intoArray(sums, sumsAt + LANES);
        FloatVector.fromArray(FLOAT, sums, s1).add(a1).intoArray(sums, s1);
        FloatVector.fromArray(FLOAT, sums, s1 + LANES).add(b1).intoArray(sums, s1 + LANES);
        FloatVector.fromArray(FLOAT, sums, s2).add(a2).intoArray(sums, s2);
        FloatVector.fromArray(FLOAT, sums, s2 + LANES).add(b2).intoArray(sums, s2 + LANES);
        FloatVector.fromArray(FLOAT, sums, s3).add(a3).intoArray(sums, s3);
        FloatVector.fromArray(FLOAT, sums, s3 + LANES).add(b3).intoArray(sums, s3 + LANES);
    }

    /** Levels of six bits of a whole block: three words have those of twelve columns, and in what is left over those of four more. */
    static void addSixes(
            BlockStrip strip,
            int block,
            SimdScratch scratch,
            float[] panel,
            int to,
            float[] x,
            int xAt,
            float[] sums,
            int sumsAt) {
        SimdScales.block(strip, block, scratch);
        MemorySegment w = strip.weights();
        int middle = strip.layout().middle();
        for (int row = 0; row < STRIP; row += 2 * LANES) {
            long at = strip.levelsAt(block) + 4 * row;
            addSixes(w, at, middle, scratch.scales, row, panel, to + row, x, xAt, sums, sumsAt + row);
        }
    }

    private static void addSixes(
            MemorySegment w,
            long at,
            int middle,
            float[] scales,
            int scaleAt,
            float[] panel,
            int to,
            float[] x,
            int xAt,
            float[] sums,
            int sumsAt) {
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector a0 = zero, b0 = zero, a1 = zero, b1 = zero, a2 = zero, b2 = zero, a3 = zero, b3 = zero;
        FloatVector least = FloatVector.broadcast(FLOAT, MANTISSA + middle);
        for (int half = 0; half < 2; half++) {
            FloatVector scaleA = FloatVector.fromArray(FLOAT, scales, scaleAt + half * BlockLayout.ROWS);
            FloatVector scaleB = FloatVector.fromArray(FLOAT, scales, scaleAt + half * BlockLayout.ROWS + LANES);
            long p = at + half * 3 * BlockLayout.WORD;
            int row = to + half * HALF_BLOCK * STRIP;
            int q = xAt + half * HALF_BLOCK * TokenTiles.TILE;
            for (int k = 0; k < 6; k++) {
                long word = p + (long) (k >> 1) * BlockLayout.WORD;
                int shift = (k & 1) << 4;
                IntVector e = IntVector.fromMemorySegment(INT, w, word, ByteOrder.LITTLE_ENDIAN)
                        .lanewise(LSHR, shift);
                IntVector f = IntVector.fromMemorySegment(INT, w, word + 4 * LANES, ByteOrder.LITTLE_ENDIAN)
                        .lanewise(LSHR, shift);
                FloatVector a =
                        e.and(63).or(EXPONENT).reinterpretAsFloats().sub(least).mul(scaleA);
                FloatVector b =
                        f.and(63).or(EXPONENT).reinterpretAsFloats().sub(least).mul(scaleB);
                a.intoArray(panel, row);
                b.intoArray(panel, row + LANES);
                FloatVector factor = FloatVector.broadcast(FLOAT, x[q]);
                a0 = a.fma(factor, a0);
                b0 = b.fma(factor, b0);
                factor = FloatVector.broadcast(FLOAT, x[q + 1]);
                a1 = a.fma(factor, a1);
                b1 = b.fma(factor, b1);
                factor = FloatVector.broadcast(FLOAT, x[q + 2]);
                a2 = a.fma(factor, a2);
                b2 = b.fma(factor, b2);
                factor = FloatVector.broadcast(FLOAT, x[q + 3]);
                a3 = a.fma(factor, a3);
                b3 = b.fma(factor, b3);
                a = e.lanewise(LSHR, 6)
                        .and(63)
                        .or(EXPONENT)
                        .reinterpretAsFloats()
                        .sub(least)
                        .mul(scaleA);
                b = f.lanewise(LSHR, 6)
                        .and(63)
                        .or(EXPONENT)
                        .reinterpretAsFloats()
                        .sub(least)
                        .mul(scaleB);
                row += STRIP;
                q += TokenTiles.TILE;
                a.intoArray(panel, row);
                b.intoArray(panel, row + LANES);
                factor = FloatVector.broadcast(FLOAT, x[q]);
                a0 = a.fma(factor, a0);
                b0 = b.fma(factor, b0);
                factor = FloatVector.broadcast(FLOAT, x[q + 1]);
                a1 = a.fma(factor, a1);
                b1 = b.fma(factor, b1);
                factor = FloatVector.broadcast(FLOAT, x[q + 2]);
                a2 = a.fma(factor, a2);
                b2 = b.fma(factor, b2);
                factor = FloatVector.broadcast(FLOAT, x[q + 3]);
                a3 = a.fma(factor, a3);
                b3 = b.fma(factor, b3);
                row += STRIP;
                q += TokenTiles.TILE;
            }
            long last = p + 2 * BlockLayout.WORD;
            for (int k = 0; k < 4; k++) {
                long word = p + (k & 1) * BlockLayout.WORD;
                int shift = 12 + (k >> 1 << 4);
                int high = shift - 4 + (k & 1) * 2;
                IntVector e = IntVector.fromMemorySegment(INT, w, word, ByteOrder.LITTLE_ENDIAN)
                        .lanewise(LSHR, shift)
                        .and(15);
                IntVector f = IntVector.fromMemorySegment(INT, w, word + 4 * LANES, ByteOrder.LITTLE_ENDIAN)
                        .lanewise(LSHR, shift)
                        .and(15);
                e = e.or(IntVector.fromMemorySegment(INT, w, last, ByteOrder.LITTLE_ENDIAN)
                        .lanewise(LSHR, high)
                        .and(48));
                f = f.or(IntVector.fromMemorySegment(INT, w, last + 4 * LANES, ByteOrder.LITTLE_ENDIAN)
                        .lanewise(LSHR, high)
                        .and(48));
                FloatVector a = e.or(EXPONENT).reinterpretAsFloats().sub(least).mul(scaleA);
                FloatVector b = f.or(EXPONENT).reinterpretAsFloats().sub(least).mul(scaleB);
                a.intoArray(panel, row);
                b.intoArray(panel, row + LANES);
                FloatVector factor = FloatVector.broadcast(FLOAT, x[q]);
                a0 = a.fma(factor, a0);
                b0 = b.fma(factor, b0);
                factor = FloatVector.broadcast(FLOAT, x[q + 1]);
                a1 = a.fma(factor, a1);
                b1 = b.fma(factor, b1);
                factor = FloatVector.broadcast(FLOAT, x[q + 2]);
                a2 = a.fma(factor, a2);
                b2 = b.fma(factor, b2);
                factor = FloatVector.broadcast(FLOAT, x[q + 3]);
                a3 = a.fma(factor, a3);
                b3 = b.fma(factor, b3);
                row += STRIP;
                q += TokenTiles.TILE;
            }
        }
        int s1 = sumsAt + TILE, s2 = s1 + TILE, s3 = s2 + TILE;
        FloatVector.fromArray(FLOAT, sums, sumsAt).add(a0).intoArray(sums, sumsAt);
        FloatVector.fromArray(FLOAT, sums, sumsAt + LANES).add(b0).intoArray(sums, sumsAt + LANES);
        FloatVector.fromArray(FLOAT, sums, s1).add(a1).intoArray(sums, s1);
        FloatVector.fromArray(FLOAT, sums, s1 + LANES).add(b1).intoArray(sums, s1 + LANES);
        FloatVector.fromArray(FLOAT, sums, s2).add(a2).intoArray(sums, s2);
        FloatVector.fromArray(FLOAT, sums, s2 + LANES).add(b2).intoArray(sums, s2 + LANES);
        FloatVector.fromArray(FLOAT, sums, s3).add(a3).intoArray(sums, s3);
        FloatVector.fromArray(FLOAT, sums, s3 + LANES).add(b3).intoArray(sums, s3 + LANES);
    }
}
