package io.github.hanllama.quant;

import static io.github.hanllama.quant.PackedMatrix.TILE;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Two vectors of rows by one token, or by six: 12 sums, 2 weights and a factor fit the 16 registers of AVX2.
 *
 * <p>Beyond some 50 vector operations in a method and those inlined into it, loads from segments counting most, C2 stops
 * inlining and boxes the vectors: ten to a hundred times slower. Hence two loads per method, which hide the latency of an
 * FMA well enough for weights that come from memory.
 */
final class SimdMatrixKernel implements MatrixKernel {
    @Override
    public void addOne(DType type, MemorySegment weights, long at, int depth, float[] x, int xAt, float[] sums) {
        for (int row = 0; row < TILE; row += 2 * LANES) {
            switch (type) {
                case F32 -> addOneF32(weights, at + 4 * row, depth, x, xAt, sums, row);
                case F16 -> addOneF16(weights, at + 2 * row, depth, x, xAt, sums, row);
                default -> addOneBf16(weights, at + 2 * row, depth, x, xAt, sums, row);
            }
        }
    }

    private static void addOneF32(MemorySegment w, long at, int depth, float[] x, int xAt, float[] sums, int row) {
        FloatVector a = zero(), b = zero();
        for (int k = 0; k < depth; k++) {
            FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k]);
            a = f32(w, at + 4L * TILE * k).fma(factor, a);
            b = f32(w, at + 4L * TILE * k + 4 * LANES).fma(factor, b);
        }
        addTo(sums, row, a, b);
    }

    private static void addOneF16(MemorySegment w, long at, int depth, float[] x, int xAt, float[] sums, int row) {
        FloatVector a = zero(), b = zero();
        for (int k = 0; k < depth; k++) {
            FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k]);
            a = SimdHalfFloats.widenF16(w, at + 2L * TILE * k).fma(factor, a);
            b = SimdHalfFloats.widenF16(w, at + 2L * TILE * k + 2 * LANES).fma(factor, b);
        }
        addTo(sums, row, a, b);
    }

    private static void addOneBf16(MemorySegment w, long at, int depth, float[] x, int xAt, float[] sums, int row) {
        FloatVector a = zero(), b = zero();
        for (int k = 0; k < depth; k++) {
            FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k]);
            a = SimdHalfFloats.widenBf16(w, at + 2L * TILE * k).fma(factor, a);
            b = SimdHalfFloats.widenBf16(w, at + 2L * TILE * k + 2 * LANES).fma(factor, b);
        }
        addTo(sums, row, a, b);
    }

    @Override
    public void widen(DType type, MemorySegment source, long at, MemorySegment panel, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector numbers = type == DType.F16
                    ? SimdHalfFloats.widenF16(source, at + 2L * i)
                    : SimdHalfFloats.widenBf16(source, at + 2L * i);
            numbers.intoMemorySegment(panel, 4L * i, ByteOrder.LITTLE_ENDIAN);
        }
    }

    @Override
    public void foldTile(MemorySegment weights, long at, int depth, float[] x, int xAt, float[] parts) {
        for (int row = 0; row < TILE; row += 2 * LANES) {
            foldTwoBySix(weights, at + 4 * row, depth, x, xAt, parts, row);
        }
    }

    private static void foldTwoBySix(
            MemorySegment w, long at, int depth, float[] x, int xAt, float[] parts, int partsAt) {
        FloatVector a0 = zero(), b0 = zero();
        FloatVector a1 = zero(), b1 = zero();
        FloatVector a2 = zero(), b2 = zero();
        FloatVector a3 = zero(), b3 = zero();
        FloatVector a4 = zero(), b4 = zero();
        FloatVector a5 = zero(), b5 = zero();
        for (int k = 0; k < depth; k++) {
            long p = at + 4L * TILE * k;
            int q = xAt + TokenTiles.TILE * k;
            FloatVector a = f32(w, p), b = f32(w, p + 4 * LANES);
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
            factor = FloatVector.broadcast(FLOAT, x[q + 4]);
            a4 = a.fma(factor, a4);
            b4 = b.fma(factor, b4);
            factor = FloatVector.broadcast(FLOAT, x[q + 5]);
            a5 = a.fma(factor, a5);
            b5 = b.fma(factor, b5);
        }
        store(parts, partsAt, a0, b0);
        store(parts, partsAt + TILE, a1, b1);
        store(parts, partsAt + 2 * TILE, a2, b2);
        store(parts, partsAt + 3 * TILE, a3, b3);
        store(parts, partsAt + 4 * TILE, a4, b4);
        store(parts, partsAt + 5 * TILE, a5, b5);
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

    private static void addTo(float[] sums, int at, FloatVector a, FloatVector b) {
        FloatVector.fromArray(FLOAT, sums, at).add(a).intoArray(sums, at);
        FloatVector.fromArray(FLOAT, sums, at + LANES).add(b).intoArray(sums, at + LANES);
    }
}
