package io.github.hanllama.quant;

import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Two vectors by one or four queries. Written out for keys and for values: a vector of scales that is either would be boxed. */
final class SimdLevelTileKernel implements LevelTileKernel {
    /** As many bytes as there are float lanes; there is no vector of four, so with four lanes one has two parts. */
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, FLOAT.vectorBitSize() / 4)));

    private static final int STEP = BYTES.length();
    private static final int PARTS = STEP / LANES;

    @Override
    public void foldOne(
            KvSide side,
            MemorySegment levels,
            long at,
            int depth,
            float[] scales,
            int scalesAt,
            float[] x,
            int xAt,
            float[] sums,
            int sumsAt) {
        for (int part = 0; part < PARTS; part++) {
            for (int lane = part * LANES; lane < ROW; lane += 2 * STEP) {
                long p = at + lane - part * LANES;
                int to = sumsAt + lane;
                switch (side) {
                    case KEYS -> foldKeysByOne(levels, p, part, depth, scales, scalesAt + lane, x, xAt, sums, to);
                    case VALUES -> foldValuesByOne(levels, p, part, depth, scales, scalesAt, x, xAt, sums, to);
                }
            }
        }
    }

    private static void foldKeysByOne(
            MemorySegment levels,
            long at,
            int part,
            int depth,
            float[] scales,
            int scalesAt,
            float[] x,
            int xAt,
            float[] sums,
            int sumsAt) {
        FloatVector a = load(sums, sumsAt), b = load(sums, sumsAt + STEP);
        FloatVector scaleA = load(scales, scalesAt), scaleB = load(scales, scalesAt + STEP);
        for (int k = 0; k < depth; k++) {
            long p = at + (long) ROW * k;
            FloatVector factor = broadcast(x[xAt + k]);
            a = widen(levels, p, part).mul(scaleA).fma(factor, a);
            b = widen(levels, p + STEP, part).mul(scaleB).fma(factor, b);
        }
        store(sums, sumsAt, a, b);
    }

    private static void foldValuesByOne(
            MemorySegment levels,
            long at,
            int part,
            int depth,
            float[] scales,
            int scalesAt,
            float[] x,
            int xAt,
            float[] sums,
            int sumsAt) {
        FloatVector a = load(sums, sumsAt), b = load(sums, sumsAt + STEP);
        for (int k = 0; k < depth; k++) {
            long p = at + (long) ROW * k;
            FloatVector scale = broadcast(scales[scalesAt + k]);
            FloatVector factor = broadcast(x[xAt + k]);
            a = widen(levels, p, part).mul(scale).fma(factor, a);
            b = widen(levels, p + STEP, part).mul(scale).fma(factor, b);
        }
        store(sums, sumsAt, a, b);
    }

    @Override
    public void foldFour(
            KvSide side,
            MemorySegment levels,
            long at,
            int depth,
            float[] scales,
            int scalesAt,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep) {
        for (int part = 0; part < PARTS; part++) {
            for (int lane = part * LANES; lane < ROW; lane += 2 * STEP) {
                long p = at + lane - part * LANES;
                int to = sumsAt + lane;
                switch (side) {
                    case KEYS ->
                        foldKeysByFour(
                                levels, p, part, depth, scales, scalesAt + lane, x, xAt, xStep, sums, to, sumsStep);
                    case VALUES ->
                        foldValuesByFour(levels, p, part, depth, scales, scalesAt, x, xAt, xStep, sums, to, sumsStep);
                }
            }
        }
    }

    private static void foldKeysByFour(
            MemorySegment levels,
            long at,
            int part,
            int depth,
            float[] scales,
            int scalesAt,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep) {
        int s1 = sumsAt + sumsStep, s2 = s1 + sumsStep, s3 = s2 + sumsStep;
        FloatVector a0 = load(sums, sumsAt), b0 = load(sums, sumsAt + STEP);
        FloatVector a1 = load(sums, s1), b1 = load(sums, s1 + STEP);
        FloatVector a2 = load(sums, s2), b2 = load(sums, s2 + STEP);
        FloatVector a3 = load(sums, s3), b3 = load(sums, s3 + STEP);
        int x1 = xAt + xStep, x2 = x1 + xStep, x3 = x2 + xStep;
        FloatVector scaleA = load(scales, scalesAt), scaleB = load(scales, scalesAt + STEP);
        for (int k = 0; k < depth; k++) {
            long p = at + (long) ROW * k;
            FloatVector a = widen(levels, p, part).mul(scaleA),
                    b = widen(levels, p + STEP, part).mul(scaleB);
            FloatVector factor = broadcast(x[xAt + k]);
            a0 = a.fma(factor, a0);
            b0 = b.fma(factor, b0);
            factor = broadcast(x[x1 + k]);
            a1 = a.fma(factor, a1);
            b1 = b.fma(factor, b1);
            factor = broadcast(x[x2 + k]);
            a2 = a.fma(factor, a2);
            b2 = b.fma(factor, b2);
            factor = broadcast(x[x3 + k]);
            a3 = a.fma(factor, a3);
            b3 = b.fma(factor, b3);
        }
        a0.intoArray(sums, sumsAt);
        b0.intoArray(sums, sumsAt + STEP);
        a1.intoArray(sums, s1);
        b1.intoArray(sums, s1 + STEP);
        a2.intoArray(sums, s2);
        b2.intoArray(sums, s2 + STEP);
        a3.intoArray(sums, s3);
        b3.intoArray(sums, s3 + STEP);
    }

    private static void foldValuesByFour(
            MemorySegment levels,
            long at,
            int part,
            int depth,
            float[] scales,
            int scalesAt,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep) {
        int s1 = sumsAt + sumsStep, s2 = s1 + sumsStep, s3 = s2 + sumsStep;
        FloatVector a0 = load(sums, sumsAt), b0 = load(sums, sumsAt + STEP);
        FloatVector a1 = load(sums, s1), b1 = load(sums, s1 + STEP);
        FloatVector a2 = load(sums, s2), b2 = load(sums, s2 + STEP);
        FloatVector a3 = load(sums, s3), b3 = load(sums, s3 + STEP);
        int x1 = xAt + xStep, x2 = x1 + xStep, x3 = x2 + xStep;
        for (int k = 0; k < depth; k++) {
            long p = at + (long) ROW * k;
            FloatVector scale = broadcast(scales[scalesAt + k]);
            FloatVector a = widen(levels, p, part).mul(scale),
                    b = widen(levels, p + STEP, part).mul(scale);
            FloatVector factor = broadcast(x[xAt + k]);
            a0 = a.fma(factor, a0);
            b0 = b.fma(factor, b0);
            factor = broadcast(x[x1 + k]);
            a1 = a.fma(factor, a1);
            b1 = b.fma(factor, b1);
            factor = broadcast(x[x2 + k]);
            a2 = a.fma(factor, a2);
            b2 = b.fma(factor, b2);
            factor = broadcast(x[x3 + k]);
            a3 = a.fma(factor, a3);
            b3 = b.fma(factor, b3);
        }
        a0.intoArray(sums, sumsAt);
        b0.intoArray(sums, sumsAt + STEP);
        a1.intoArray(sums, s1);
        b1.intoArray(sums, s1 + STEP);
        a2.intoArray(sums, s2);
        b2.intoArray(sums, s2 + STEP);
        a3.intoArray(sums, s3);
        b3.intoArray(sums, s3 + STEP);
    }

    @Override
    public void widen(
            KvSide side, MemorySegment levels, long from, int rows, float[] scales, int scalesAt, float[] out, int at) {
        for (int part = 0; part < PARTS; part++) {
            for (int lane = part * LANES; lane < ROW; lane += STEP) {
                long p = from + lane - part * LANES;
                switch (side) {
                    case KEYS -> widenKeys(levels, p, part, rows, scales, scalesAt + lane, out, at + lane);
                    case VALUES -> widenValues(levels, p, part, rows, scales, scalesAt, out, at + lane);
                }
            }
        }
    }

    private static void widenKeys(
            MemorySegment levels, long from, int part, int rows, float[] scales, int scalesAt, float[] out, int at) {
        FloatVector scale = load(scales, scalesAt);
        for (int k = 0; k < rows; k++) {
            widen(levels, from + (long) ROW * k, part).mul(scale).intoArray(out, at + ROW * k);
        }
    }

    private static void widenValues(
            MemorySegment levels, long from, int part, int rows, float[] scales, int scalesAt, float[] out, int at) {
        for (int k = 0; k < rows; k++) {
            widen(levels, from + (long) ROW * k, part).mul(scales[scalesAt + k]).intoArray(out, at + ROW * k);
        }
    }

    private static FloatVector widen(MemorySegment levels, long at, int part) {
        return (FloatVector) ByteVector.fromMemorySegment(BYTES, levels, at, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.B2F, FLOAT, part);
    }

    private static FloatVector broadcast(float value) {
        return FloatVector.broadcast(FLOAT, value);
    }

    private static FloatVector load(float[] array, int at) {
        return FloatVector.fromArray(FLOAT, array, at);
    }

    private static void store(float[] array, int at, FloatVector a, FloatVector b) {
        a.intoArray(array, at);
        b.intoArray(array, at + STEP);
    }
}
