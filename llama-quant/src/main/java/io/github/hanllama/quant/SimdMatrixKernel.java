package io.github.hanllama.quant;

import static io.github.hanllama.quant.PackedMatrix.STRIP;
import static io.github.hanllama.quant.PackedMatrix.TILE;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * A vector of rows of either strip by one token, straight from memory; a {@link WeightPanel} by tokens.
 *
 * <p>Beyond some 60 vector operations in a method and those inlined into it, loads from segments counting several times, C2
 * stops inlining methods of ours and boxes the vectors: ten to a hundred times slower. Hence no method with more than two such
 * loads, and none called in {@link SimdParts}.
 */
final class SimdMatrixKernel implements MatrixKernel {
    /** 16 sums, 4 weights and a factor need more than the 16 registers of AVX2. */
    private static final boolean WIDE =
            SimdHardware.preferredBits() == 512 || System.getProperty("os.arch").equals("aarch64");

    @Override
    public void addOne(
            DType type, MemorySegment weights, long at, long apart, int depth, float[] x, int xAt, float[] sums) {
        if (type == DType.F32) {
            addOneF32(weights, at, depth, x, xAt, sums, 0);
            addOneF32(weights, at + apart, depth, x, xAt, sums, STRIP);
            return;
        }
        for (int row = 0; row < STRIP; row += LANES) {
            if (type == DType.F16) {
                addOneF16(weights, at + 2 * row, apart, depth, x, xAt, sums, row);
            } else {
                addOneBf16(weights, at + 2 * row, apart, depth, x, xAt, sums, row);
            }
        }
    }

    /** A strip at a time: a column of it is two lines of the cache, and half of them would be read later. */
    private static void addOneF32(MemorySegment w, long at, int depth, float[] x, int xAt, float[] sums, int to) {
        for (int row = 0; row < STRIP; row += 2 * LANES) {
            addTwoF32(w, at + 4 * row, depth, x, xAt, sums, to + row);
        }
    }

    private static void addTwoF32(MemorySegment w, long at, int depth, float[] x, int xAt, float[] sums, int to) {
        FloatVector a = zero(), b = zero();
        for (int k = 0; k < depth; k++) {
            long p = at + 4L * STRIP * k;
            FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k]);
            a = f32(w, p).fma(factor, a);
            b = f32(w, p + 4 * LANES).fma(factor, b);
        }
        addTo(sums, to, a);
        addTo(sums, to + LANES, b);
    }

    private static void addOneF16(
            MemorySegment w, long at, long apart, int depth, float[] x, int xAt, float[] sums, int to) {
        FloatVector a = zero(), b = zero();
        for (int k = 0; k < depth; k++) {
            long p = at + 2L * STRIP * k;
            FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k]);
            a = SimdHalfFloats.widenF16(w, p).fma(factor, a);
            b = SimdHalfFloats.widenF16(w, p + apart).fma(factor, b);
        }
        addTo(sums, to, a);
        addTo(sums, to + STRIP, b);
    }

    private static void addOneBf16(
            MemorySegment w, long at, long apart, int depth, float[] x, int xAt, float[] sums, int to) {
        FloatVector a = zero(), b = zero();
        for (int k = 0; k < depth; k++) {
            long p = at + 2L * STRIP * k;
            FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k]);
            a = SimdHalfFloats.widenBf16(w, p).fma(factor, a);
            b = SimdHalfFloats.widenBf16(w, p + apart).fma(factor, b);
        }
        addTo(sums, to, a);
        addTo(sums, to + STRIP, b);
    }

    @Override
    public void addPart(float[] panel, int column, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        for (int row = 0; row < TILE; row += WIDE ? 4 * LANES : 2 * LANES) {
            int from = WeightPanel.at(row, column);
            if (WIDE) {
                SimdParts.addFourByFour(panel, from, depth, x, xAt, sums, sumsAt + row);
            } else {
                SimdParts.addTwoByFour(panel, from, depth, x, xAt, sums, sumsAt + row);
            }
        }
    }

    @Override
    public void addRow(float[] panel, int depth, float[] x, int xAt, float[] sums) {
        for (int row = 0; row < TILE; row += 2 * LANES) {
            FloatVector a = zero(), b = zero();
            for (int k = 0; k < depth; k++) {
                int p = WeightPanel.at(row, k);
                FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k]);
                a = FloatVector.fromArray(FLOAT, panel, p).fma(factor, a);
                b = FloatVector.fromArray(FLOAT, panel, p + LANES).fma(factor, b);
            }
            addTo(sums, row, a);
            addTo(sums, row + LANES, b);
        }
    }

    private static FloatVector zero() {
        return FloatVector.zero(FLOAT);
    }

    private static FloatVector f32(MemorySegment w, long at) {
        return FloatVector.fromMemorySegment(FLOAT, w, at, ByteOrder.LITTLE_ENDIAN);
    }

    private static void addTo(float[] sums, int at, FloatVector part) {
        FloatVector.fromArray(FLOAT, sums, at).add(part).intoArray(sums, at);
    }
}
