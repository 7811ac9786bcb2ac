package io.github.hanllama.quant;

import static io.github.hanllama.quant.PackedMatrix.DEPTH;
import static io.github.hanllama.quant.PackedMatrix.STRIP;
import static io.github.hanllama.quant.PackedMatrix.TILE;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Plain weights by one token, straight from memory: a column of both strips at a time, or as many of its rows as four vectors
 * hold.
 *
 * <p>16-bit weights are read as ints of two rows, which takes half the loads and moves no lanes: the even rows are the lower
 * halves. So until the end the sums of even rows lie side by side, and those of odd rows.
 *
 * <p>Loops are written out for the reasons that {@link SimdRun.Stage} gives.
 */
final class SimdPlainRows {
    /** Columns at a time: any number where two vectors are a column of a strip, else what stays in the first-level cache. */
    private static final int RUN = 2 * LANES == STRIP ? Integer.MAX_VALUE : DEPTH;

    private static final int UPPER_HALF = 0xffff_0000;

    private SimdPlainRows() {}

    /** @param low whether weights in F16 may be {@link SimdHalfRows#addLow too low} */
    static void add(
            DType type, MemorySegment w, long at, long apart, float[] x, int columns, float[] sums, boolean low) {
        if (type == DType.F32) {
            addRuns(type, w, at, apart, x, columns, sums, low);
            return;
        }
        float[] halves = new float[TILE];
        for (int row = 0; row < TILE; row += 2 * LANES) {
            for (int i = 0; i < LANES; i++) {
                halves[row + i] = sums[row + 2 * i];
                halves[row + LANES + i] = sums[row + 2 * i + 1];
            }
        }
        addRuns(type, w, at, apart, x, columns, halves, low);
        for (int row = 0; row < TILE; row += 2 * LANES) {
            for (int i = 0; i < LANES; i++) {
                sums[row + 2 * i] = halves[row + i];
                sums[row + 2 * i + 1] = halves[row + LANES + i];
            }
        }
    }

    private static void addRuns(
            DType type, MemorySegment w, long at, long apart, float[] x, int columns, float[] sums, boolean low) {
        for (int k = 0, run; k < columns; k += run) {
            run = Math.min(RUN, columns - k);
            for (int row = 0; row < STRIP; row += 2 * LANES) {
                long from = at + type.bytes((long) k * STRIP + row);
                switch (type) {
                    case F16 -> SimdHalfRows.add(w, from, apart, x, k, run, sums, row, low);
                    case BF16 -> addBf16(w, from, apart, x, k, run, sums, row);
                    default -> addF32(w, from, apart, x, k, run, sums, row);
                }
            }
        }
    }

    private static void addBf16(
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
            a = first.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(factor, a);
            b = first.and(UPPER_HALF).reinterpretAsFloats().fma(factor, b);
            c = second.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(factor, c);
            d = second.and(UPPER_HALF).reinterpretAsFloats().fma(factor, d);
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

    private static void addF32(
            MemorySegment w, long at, long apart, float[] x, int xAt, int columns, float[] sums, int row) {
        FloatVector sumA = FloatVector.fromArray(FLOAT, sums, row);
        FloatVector sumB = FloatVector.fromArray(FLOAT, sums, row + LANES);
        FloatVector sumC = FloatVector.fromArray(FLOAT, sums, row + STRIP);
        FloatVector sumD = FloatVector.fromArray(FLOAT, sums, row + STRIP + LANES);
        FloatVector a = FloatVector.zero(FLOAT), b = a, c = a, d = a;
        for (int k = 0; k < columns; k++) {
            long p = at + 4L * STRIP * k;
            long q = p + apart;
            FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k]);
            a = FloatVector.fromMemorySegment(FLOAT, w, p, ByteOrder.LITTLE_ENDIAN)
                    .fma(factor, a);
            b = FloatVector.fromMemorySegment(FLOAT, w, p + 4 * LANES, ByteOrder.LITTLE_ENDIAN)
                    .fma(factor, b);
            c = FloatVector.fromMemorySegment(FLOAT, w, q, ByteOrder.LITTLE_ENDIAN)
                    .fma(factor, c);
            d = FloatVector.fromMemorySegment(FLOAT, w, q + 4 * LANES, ByteOrder.LITTLE_ENDIAN)
                    .fma(factor, d);
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
