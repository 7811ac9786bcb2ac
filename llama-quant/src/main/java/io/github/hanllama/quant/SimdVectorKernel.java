package io.github.hanllama.quant;

import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Whole vectors here, what is left over by {@link ScalarVectorKernel}. */
final class SimdVectorKernel implements VectorKernel {
    private static final ScalarVectorKernel TAIL = new ScalarVectorKernel();

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
        for (int i = at; i < at + bound; i += LANES) {
            FloatVector g = load(gate, i);
            g.div(exp(g.neg()).add(1f)).mul(load(up, i)).intoArray(gate, i);
        }
        TAIL.swiGlu(gate, up, at + bound, count - bound);
    }

    @Override
    public float expBelow(float max, float[] x, int at, int count, float scale) {
        float[] parts = new float[PARTS];
        int bound = count - count % PARTS;
        for (int part = 0; part < PARTS; part += LANES) {
            FloatVector sum = FloatVector.zero(FLOAT);
            for (int i = part; i < bound; i += PARTS) {
                FloatVector value = exp(load(x, at + i).sub(max).mul(scale));
                value.intoArray(x, at + i);
                sum = sum.add(value);
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

    /** {@link Exponential#exp}, operation by operation. */
    private static FloatVector exp(FloatVector x) {
        FloatVector bounded = x.blend(Exponential.LOWEST, x.lt(Exponential.LOWEST));
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
        return r.mul(r).fma(q, r).add(1f).mul(power);
    }

    private static FloatVector broadcast(float value) {
        return FloatVector.broadcast(FLOAT, value);
    }

    private static FloatVector load(float[] array, int at) {
        return FloatVector.fromArray(FLOAT, array, at);
    }
}
