package io.github.hanllama.core.engine.reference;

/** {@code y = W x + b}. */
final class Linear {
    private final float[][] weight; // (out, in)
    private final float[] bias; // (out), or none of length 0

    Linear(float[][] weight, float[] bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /** Row of an embedding table. */
    float[] row(int index) {
        return weight[index];
    }

    float[] apply(float[] x) {
        float[] y = new float[weight.length];
        for (int o = 0; o < y.length; o++) {
            double sum = bias.length == 0 ? 0 : bias[o];
            for (int i = 0; i < x.length; i++) {
                sum += (double) weight[o][i] * x[i];
            }
            y[o] = (float) sum;
        }
        return y;
    }
}
