package io.github.hanllama.core.engine.support;

/** Factors per row of a matrix; an array of length 0 stands for ones. */
final class RowScale {
    static final float[] ONES = {};

    private RowScale() {}

    static float[] product(float[] x, float[] y) {
        if (x.length == 0) {
            return y;
        }
        float[] product = x.clone();
        for (int i = 0; i < product.length; i++) {
            product[i] *= y[i];
        }
        return product;
    }

    /** {@code x + weight * (y - 1)}: what several adapters that scale the same rows do together. */
    static float[] blend(float[] x, float weight, float[] y) {
        if (y.length == 0 || (x.length == 0 && weight == 1)) {
            return x.length == 0 ? y : x;
        }
        float[] sum = new float[y.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = (x.length == 0 ? 1 : x[i]) + weight * (y[i] - 1);
        }
        return sum;
    }
}
