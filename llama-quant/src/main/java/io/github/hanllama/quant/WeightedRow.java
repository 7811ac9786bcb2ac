package io.github.hanllama.quant;

/** A row about to be quantized whose columns differ in importance, and the weights that its numbers get from it. */
final class WeightedRow {
    private final float[] importance;
    private final float meanSquare;

    /** @param importance one number per column of the row {@code x[at..)} */
    WeightedRow(float[] x, int at, float[] importance) {
        this.importance = importance;
        this.meanSquare = meanSquare(x, at, importance.length);
    }

    /** Of all numbers of the row. */
    float meanSquare() {
        return meanSquare;
    }

    static float meanSquare(float[] x, int at, int count) {
        float squares = 0;
        for (int i = at; i < at + count; i++) {
            squares += x[i] * x[i];
        }
        return squares / count;
    }

    /** The importance itself, from a column on. */
    void copy(int column, float[] weights) {
        System.arraycopy(importance, column, weights, 0, weights.length);
    }

    /** The importance grown by the size of each number, against a mean square of its surroundings. */
    void weigh(float[] x, int at, int column, float surroundings, float[] weights) {
        for (int i = 0; i < weights.length; i++) {
            weights[i] = importance[column + i] * (float) Math.sqrt(surroundings + x[at + i] * x[at + i]);
        }
    }

    /** The weights of each group together. */
    static void sum(float[] weights, float[] sums) {
        int size = weights.length / sums.length;
        for (int group = 0; group < sums.length; group++) {
            float sum = 0;
            for (int i = group * size; i < (group + 1) * size; i++) {
                sum += weights[i];
            }
            sums[group] = sum;
        }
    }
}
