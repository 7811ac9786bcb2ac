package io.github.hanllama.quant;

import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Whole vectors here, what is left over by {@link ScalarVectorKernel}. */
final class SimdVectorKernel implements VectorKernel {
    private static final ScalarVectorKernel TAIL = new ScalarVectorKernel();
    /** Numbers whose exponentials are kept at the same time. */
    private static final int SOME = 256;

    @Override
    public void add(float[] x, int xAt, float[] y, int yAt, int count) {
        int bound = FLOAT.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            load(x, xAt + i).add(load(y, yAt + i)).intoArray(x, xAt + i);
        }
        TAIL.add(x, xAt + bound, y, yAt + bound, count - bound);
    }

    @Override
    public void rmsNorm(float[] x, int at, float[] weight, float eps, float[] out, int outAt) {
        float inverse = VectorKernel.inverseRms(sumOfSquares(x, at, weight.length), weight.length, eps);
        int bound = FLOAT.loopBound(weight.length);
        for (int i = 0; i < bound; i += LANES) {
            load(weight, i).mul(load(x, at + i).mul(inverse)).intoArray(out, outAt + i);
        }
        ScalarVectorKernel.normalize(x, at, inverse, weight, bound, out, outAt);
    }

    private static float sumOfSquares(float[] x, int at, int count) {
        float[] parts = new float[PARTS];
        int bound = count - count % PARTS;
        for (int part = 0; part < PARTS; part += LANES) {
            FloatVector sum = FloatVector.zero(FLOAT);
            for (int i = part; i < bound; i += PARTS) {
                FloatVector value = load(x, at + i);
                sum = value.fma(value, sum);
            }
            sum.intoArray(parts, part);
        }
        ScalarVectorKernel.addSquares(x, at, bound, count, parts);
        return VectorKernel.sum(parts);
    }

    @Override
    public void rotate(float[] head, int at, int half, float[] cos, float[] sin, int angles) {
        int bound = FLOAT.loopBound(half);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector first = load(head, at + i);
            FloatVector second = load(head, at + half + i);
            FloatVector c = load(cos, angles + i);
            FloatVector s = load(sin, angles + i);
            first.mul(c).sub(second.mul(s)).intoArray(head, at + i);
            second.mul(c).add(first.mul(s)).intoArray(head, at + half + i);
        }
        ScalarVectorKernel.rotate(head, at, bound, half, cos, sin, angles);
    }

    @Override
    public void swiGlu(float[] gate, float[] up, int at, int count) {
        int bound = FLOAT.loopBound(count);
        float[] exponentials = new float[Math.min(bound, SOME)];
        for (int done = 0; done < bound; done += SOME) {
            int some = Math.min(SOME, bound - done);
            exp(gate, at + done, some, 0, -1, exponentials, 0);
            for (int i = 0; i < some; i += LANES) {
                int to = at + done + i;
                FloatVector divisor = load(exponentials, i).add(1f);
                load(gate, to).div(divisor).mul(load(up, to)).intoArray(gate, to);
            }
        }
        TAIL.swiGlu(gate, up, at + bound, count - bound);
    }

    @Override
    public float expBelow(float max, float[] x, int at, int count, float scale) {
        float[] parts = new float[PARTS];
        int bound = count - count % PARTS;
        exp(x, at, bound, max, scale, x, at);
        for (int part = 0; part < PARTS; part += LANES) {
            FloatVector sum = FloatVector.zero(FLOAT);
            for (int i = part; i < bound; i += PARTS) {
                sum = sum.add(load(x, at + i));
            }
            sum.intoArray(parts, part);
        }
        ScalarVectorKernel.addExponentials(x, at, bound, count, max, scale, parts);
        return VectorKernel.sum(parts);
    }

    @Override
    public float max(float[] x, int at, int count) {
        FloatVector max = FloatVector.broadcast(FLOAT, Float.NEGATIVE_INFINITY);
        int bound = FLOAT.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            max = max.max(load(x, at + i));
        }
        return Math.max(max.reduceLanes(VectorOperators.MAX), TAIL.max(x, at + bound, count - bound));
    }

    @Override
    public void scale(float[] x, int at, int count, float factor) {
        int bound = FLOAT.loopBound(count);
        for (int i = at; i < at + bound; i += LANES) {
            load(x, i).mul(factor).intoArray(x, i);
        }
        TAIL.scale(x, at + bound, count - bound, factor);
    }

    @Override
    public void blend(float[] x, int xAt, float a, float[] y, int yAt, float b, int count) {
        int bound = FLOAT.loopBound(count);
        FloatVector factor = broadcast(a);
        for (int i = 0; i < bound; i += LANES) {
            load(x, xAt + i).fma(factor, load(y, yAt + i).mul(b)).intoArray(x, xAt + i);
        }
        TAIL.blend(x, xAt + bound, a, y, yAt + bound, b, count - bound);
    }

    /**
     * {@code out = exp((x - shift) * factor)} of whole vectors, {@link Exponential#exp} operation by operation. A loop and not a
     * method of one vector: where such a method is called a few times at a time, as for short texts, C2 does not inline it, and
     * its vectors become objects.
     */
    private static void exp(float[] x, int at, int count, float shift, float factor, float[] out, int outAt) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector value = load(x, at + i).sub(shift).mul(factor);
            FloatVector bounded = value.blend(Exponential.LOWEST, value.lt(Exponential.LOWEST));
            bounded = bounded.blend(Exponential.HIGHEST, bounded.compare(VectorOperators.GT, Exponential.HIGHEST));
            FloatVector rounded = bounded.fma(Exponential.LOG2_E, Exponential.ROUNDER);
            FloatVector n = rounded.sub(Exponential.ROUNDER);
            FloatVector r = n.fma(broadcast(-Exponential.LN2_LOW), n.fma(broadcast(-Exponential.LN2_HIGH), bounded));
            FloatVector q = broadcast(Exponential.Q4)
                    .fma(r, broadcast(Exponential.Q3))
                    .fma(r, broadcast(Exponential.Q2))
                    .fma(r, broadcast(Exponential.Q1))
                    .fma(r, broadcast(Exponential.Q0));
            FloatVector power = rounded.reinterpretAsInts()
                    .add(Exponential.EXPONENT_BIAS)
                    .lanewise(VectorOperators.LSHL, Exponential.MANTISSA_BITS)
                    .reinterpretAsFloats();
            r.mul(r).fma(q, r).add(1f).mul(power).intoArray(out, outAt + i);
        }
    }

    private static FloatVector broadcast(float value) {
        return FloatVector.broadcast(FLOAT, value);
    }

    private static FloatVector load(float[] array, int at) {
        return FloatVector.fromArray(FLOAT, array, at);
    }
}
