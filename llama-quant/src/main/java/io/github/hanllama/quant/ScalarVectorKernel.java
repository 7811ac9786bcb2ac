package io.github.hanllama.quant;

/** The specification. */
final class ScalarVectorKernel implements VectorKernel {
    @Override
    public void add(float[] x, int xAt, float[] y, int yAt, int count) {
        for (int i = 0; i < count; i++) {
            x[xAt + i] += y[yAt + i];
        }
    }

    @Override
    public void rmsNorm(float[] x, int at, float[] weight, float eps, float[] out, int outAt) {
        float[] squares = new float[PARTS];
        addSquares(x, at, 0, weight.length, squares);
        float inverse = VectorKernel.inverseRms(VectorKernel.sum(squares), weight.length, eps);
        normalize(x, at, inverse, weight, 0, out, outAt);
    }

    static void addSquares(float[] x, int at, int from, int count, float[] parts) {
        for (int i = from; i < count; i++) {
            float value = x[at + i];
            parts[i % PARTS] = Math.fma(value, value, parts[i % PARTS]);
        }
    }

    static void normalize(float[] x, int at, float inverse, float[] weight, int from, float[] out, int outAt) {
        for (int i = from; i < weight.length; i++) {
            out[outAt + i] = weight[i] * (x[at + i] * inverse);
        }
    }

    @Override
    public void rotate(float[] head, int at, int half, float[] cos, float[] sin, int angles) {
        rotate(head, at, 0, half, cos, sin, angles);
    }

    static void rotate(float[] head, int at, int from, int half, float[] cos, float[] sin, int angles) {
        for (int i = from; i < half; i++) {
            float first = head[at + i];
            float second = head[at + half + i];
            head[at + i] = first * cos[angles + i] - second * sin[angles + i];
            head[at + half + i] = second * cos[angles + i] + first * sin[angles + i];
        }
    }

    @Override
    public void swiGlu(float[] gate, float[] up, int at, int count) {
        for (int i = at; i < at + count; i++) {
            gate[i] = gate[i] / (1 + Exponential.exp(-gate[i])) * up[i];
        }
    }

    @Override
    public float max(float[] x, int at, int count) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = at; i < at + count; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    @Override
    public float expBelow(float max, float[] x, int at, int count, float scale) {
        float[] sums = new float[PARTS];
        addExponentials(x, at, 0, count, max, scale, sums);
        return VectorKernel.sum(sums);
    }

    static void addExponentials(float[] x, int at, int from, int count, float max, float scale, float[] parts) {
        for (int i = from; i < count; i++) {
            x[at + i] = Exponential.exp((x[at + i] - max) * scale);
            parts[i % PARTS] += x[at + i];
        }
    }

    @Override
    public void scale(float[] x, int at, int count, float factor) {
        for (int i = at; i < at + count; i++) {
            x[i] *= factor;
        }
    }

    @Override
    public void blend(float[] x, int xAt, float a, float[] y, int yAt, float b, int count) {
        for (int i = 0; i < count; i++) {
            x[xAt + i] = Math.fma(x[xAt + i], a, y[yAt + i] * b);
        }
    }
}
