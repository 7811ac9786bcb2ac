package io.github.hanllama.core.engine.reference;

import io.github.hanllama.core.engine.support.LowRank;
import io.github.hanllama.core.engine.support.RowWeights;

/** {@code y = W x + b}, and what a row's adapters make of it. */
final class Linear {
    private final String name;
    private final float[][] weight; // (out, in)
    private final String biasName;
    private final float[] bias; // (out), or none of length 0

    Linear(String name, float[][] weight, String biasName, float[] bias) {
        this.name = name;
        this.weight = weight;
        this.biasName = biasName;
        this.bias = bias;
    }

    /** A matrix with the name of its tensor and no bias. */
    static Linear of(String name, float[][] weight) {
        return new Linear(name, weight, "", new float[0]);
    }

    float[][] weight() {
        return weight;
    }

    /** Row of an embedding table. */
    float[] row(int index, RowWeights<float[][]> row) {
        float[] stored = row.matrix(name, weight)[index];
        float[] rowScale = row.rowScale(name);
        float[] values = new float[stored.length];
        for (int i = 0; i < values.length; i++) {
            double value = rowScale.length == 0 ? stored[i] : (double) stored[i] * rowScale[index];
            for (LowRank<float[][]> pair : row.pairs(name)) {
                double sum = 0;
                for (int k = 0; k < pair.a().length; k++) {
                    sum += (double) pair.b()[index][k] * pair.a()[k][i];
                }
                value += scale(pair, index) * sum;
            }
            values[i] = (float) value;
        }
        return values;
    }

    float[] apply(float[] x, RowWeights<float[][]> row) {
        double[] sums = product(row.matrix(name, weight), x);
        float[] rowScale = row.rowScale(name);
        for (int o = 0; o < rowScale.length; o++) {
            sums[o] *= rowScale[o];
        }
        row.pairs(name).forEach(pair -> add(sums, pair, x));
        float[] added = row.vector(biasName, bias);
        float[] y = new float[sums.length];
        for (int o = 0; o < y.length; o++) {
            y[o] = (float) (added.length == 0 ? sums[o] : sums[o] + added[o]);
        }
        return y;
    }

    private static double[] product(float[][] matrix, float[] x) {
        double[] sums = new double[matrix.length];
        for (int o = 0; o < sums.length; o++) {
            for (int i = 0; i < x.length; i++) {
                sums[o] += (double) matrix[o][i] * x[i];
            }
        }
        return sums;
    }

    private static void add(double[] sums, LowRank<float[][]> pair, float[] x) {
        double[] inner = product(pair.a(), x);
        for (int o = 0; o < sums.length; o++) {
            double sum = 0;
            for (int k = 0; k < inner.length; k++) {
                sum += pair.b()[o][k] * inner[k];
            }
            sums[o] += scale(pair, o) * sum;
        }
    }

    private static double scale(LowRank<float[][]> pair, int row) {
        return pair.rowScale().length == 0 ? pair.scale() : (double) pair.scale() * pair.rowScale()[row];
    }
}
