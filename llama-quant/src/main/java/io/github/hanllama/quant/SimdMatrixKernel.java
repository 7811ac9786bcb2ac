package io.github.hanllama.quant;

import static io.github.hanllama.quant.PackedMatrix.STRIP;
import static io.github.hanllama.quant.PackedMatrix.TILE;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * A vector of rows of either strip by one token, straight from memory; four (two, where registers are few) by four tokens from a panel.
 *
 * <p>Beyond some 60 vector operations in a method and those inlined into it, loads from segments counting several times, C2
 * stops inlining and boxes the vectors: ten to a hundred times slower. Hence no method with more than two such loads, sums
 * that start at zero and are added elsewhere, and a panel on the heap.
 */
final class SimdMatrixKernel implements MatrixKernel {
    /** 16 sums, 4 weights and a factor need more than the 16 registers of AVX2. */
    private static final boolean MANY_REGISTERS =
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
    public void foldPanel(float[] panel, int column, int depth, float[] x, int xAt, float[] parts, int partsAt) {
        int from = column * TILE;
        if (MANY_REGISTERS) {
            for (int row = 0; row < TILE; row += 4 * LANES) {
                foldFourByFour(panel, from + row, depth, x, xAt, parts, partsAt + row);
            }
        } else {
            for (int row = 0; row < TILE; row += 2 * LANES) {
                foldTwoByFour(panel, from + row, depth, x, xAt, parts, partsAt + row);
            }
        }
    }

    private static void foldFourByFour(
            float[] panel, int from, int depth, float[] x, int xAt, float[] parts, int partsAt) {
        FloatVector a0 = zero(), b0 = zero(), c0 = zero(), d0 = zero();
        FloatVector a1 = zero(), b1 = zero(), c1 = zero(), d1 = zero();
        FloatVector a2 = zero(), b2 = zero(), c2 = zero(), d2 = zero();
        FloatVector a3 = zero(), b3 = zero(), c3 = zero(), d3 = zero();
        for (int k = 0; k < depth; k++) {
            int p = from + k * TILE;
            int q = xAt + TokenTiles.TILE * k;
            FloatVector a = FloatVector.fromArray(FLOAT, panel, p),
                    b = FloatVector.fromArray(FLOAT, panel, p + LANES),
                    c = FloatVector.fromArray(FLOAT, panel, p + 2 * LANES),
                    d = FloatVector.fromArray(FLOAT, panel, p + 3 * LANES);
            FloatVector factor = FloatVector.broadcast(FLOAT, x[q]);
            a0 = a.fma(factor, a0);
            b0 = b.fma(factor, b0);
            c0 = c.fma(factor, c0);
            d0 = d.fma(factor, d0);
            factor = FloatVector.broadcast(FLOAT, x[q + 1]);
            a1 = a.fma(factor, a1);
            b1 = b.fma(factor, b1);
            c1 = c.fma(factor, c1);
            d1 = d.fma(factor, d1);
            factor = FloatVector.broadcast(FLOAT, x[q + 2]);
            a2 = a.fma(factor, a2);
            b2 = b.fma(factor, b2);
            c2 = c.fma(factor, c2);
            d2 = d.fma(factor, d2);
            factor = FloatVector.broadcast(FLOAT, x[q + 3]);
            a3 = a.fma(factor, a3);
            b3 = b.fma(factor, b3);
            c3 = c.fma(factor, c3);
            d3 = d.fma(factor, d3);
        }
        store(parts, partsAt, a0, b0);
        store(parts, partsAt + 2 * LANES, c0, d0);
        store(parts, partsAt + TILE, a1, b1);
        store(parts, partsAt + TILE + 2 * LANES, c1, d1);
        store(parts, partsAt + 2 * TILE, a2, b2);
        store(parts, partsAt + 2 * TILE + 2 * LANES, c2, d2);
        store(parts, partsAt + 3 * TILE, a3, b3);
        store(parts, partsAt + 3 * TILE + 2 * LANES, c3, d3);
    }

    private static void foldTwoByFour(
            float[] panel, int from, int depth, float[] x, int xAt, float[] parts, int partsAt) {
        FloatVector a0 = zero(), b0 = zero();
        FloatVector a1 = zero(), b1 = zero();
        FloatVector a2 = zero(), b2 = zero();
        FloatVector a3 = zero(), b3 = zero();
        for (int k = 0; k < depth; k++) {
            int p = from + k * TILE;
            int q = xAt + TokenTiles.TILE * k;
            FloatVector a = FloatVector.fromArray(FLOAT, panel, p), b = FloatVector.fromArray(FLOAT, panel, p + LANES);
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
        store(parts, partsAt, a0, b0);
        store(parts, partsAt + TILE, a1, b1);
        store(parts, partsAt + 2 * TILE, a2, b2);
        store(parts, partsAt + 3 * TILE, a3, b3);
    }

    @Override
    public void addRow(float[] panel, int depth, float[] x, int xAt, float[] sums) {
        for (int row = 0; row < TILE; row += 2 * LANES) {
            FloatVector a = zero(), b = zero();
            for (int k = 0; k < depth; k++) {
                int p = k * TILE + row;
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

    private static void store(float[] parts, int at, FloatVector a, FloatVector b) {
        a.intoArray(parts, at);
        b.intoArray(parts, at + LANES);
    }

    private static void addTo(float[] sums, int at, FloatVector part) {
        FloatVector.fromArray(FLOAT, sums, at).add(part).intoArray(sums, at);
    }
}
