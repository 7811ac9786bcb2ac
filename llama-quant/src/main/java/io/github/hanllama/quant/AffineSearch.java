package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockBytes.nearestEven;

import java.util.Arrays;

/**
 * Finds the scale and the minimum with which a group of numbers loses least as levels {@code 0..top}: tries some widths,
 * fits scale and minimum to the levels by weighted least squares, and keeps the best. The minimum is never above zero.
 */
final class AffineSearch {
    private final int size;
    private final int top;
    private final float firstTry;
    private final float nextTry;
    private final int tries;
    private final boolean absolute;
    private final int[] trial;

    private float scale;
    private float min;

    /**
     * @param firstTry levels added to {@code top} in the first try
     * @param nextTry and how many more in each that follows
     * @param absolute whether the error of a number is its distance, not the square of it
     */
    AffineSearch(int size, int top, float firstTry, float nextTry, int tries, boolean absolute) {
        this.size = size;
        this.top = top;
        this.firstTry = firstTry;
        this.nextTry = nextTry;
        this.tries = tries;
        this.absolute = absolute;
        this.trial = new int[size];
    }

    /** Of the group searched last. */
    float scale() {
        return scale;
    }

    /** What the group searched last subtracts: 0 or more. */
    float offset() {
        return -min;
    }

    /** Searches for the group {@code x[at..at + size)}, whose levels go to the same places of {@code levels}. */
    void search(float[] x, int at, float[] weights, int[] levels, int to) {
        min = x[at];
        float max = x[at];
        float sumW = weights[0];
        float sumX = sumW * x[at];
        for (int i = 1; i < size; i++) {
            min = x[at + i] < min ? x[at + i] : min;
            max = x[at + i] > max ? x[at + i] : max;
            sumW += weights[i];
            sumX += weights[i] * x[at + i];
        }
        min = min > 0 ? 0 : min;
        if (max == min) {
            Arrays.fill(levels, to, to + size, 0);
            scale = 0;
            return;
        }
        float inverse = top / (max - min);
        scale = 1 / inverse;
        quantize(x, at, inverse);
        float error = error(x, at, weights, scale, min);
        System.arraycopy(trial, 0, levels, to, size);
        for (int i = 0; i <= tries; i++) {
            quantize(x, at, (firstTry + nextTry * i + top) / (max - min));
            error = fit(x, at, weights, sumW, sumX, error, levels, to);
        }
    }

    private void quantize(float[] x, int at, float inverse) {
        for (int i = 0; i < size; i++) {
            trial[i] = Math.clamp(nearestEven(inverse * (x[at + i] - min)), 0, top);
        }
    }

    private float error(float[] x, int at, float[] weights, float scale, float min) {
        float error = 0;
        for (int i = 0; i < size; i++) {
            float difference = scale * trial[i] + min - x[at + i];
            error += weights[i] * (absolute ? Math.abs(difference) : difference * difference);
        }
        return error;
    }

    /** Fits a line to the levels tried, keeps both when they are better, and returns the smaller error. */
    private float fit(float[] x, int at, float[] weights, float sumW, float sumX, float error, int[] levels, int to) {
        float sumL = 0;
        float sumL2 = 0;
        float sumXL = 0;
        for (int i = 0; i < size; i++) {
            float weighted = weights[i] * trial[i];
            sumL += weighted;
            sumL2 += weighted * trial[i];
            sumXL += weighted * x[at + i];
        }
        float determinant = sumW * sumL2 - sumL * sumL;
        if (!(determinant > 0)) {
            return error;
        }
        float fittedScale = (sumW * sumXL - sumX * sumL) / determinant;
        float fittedMin = (sumL2 * sumX - sumL * sumXL) / determinant;
        if (fittedMin > 0) {
            fittedMin = 0;
            fittedScale = sumXL / sumL2;
        }
        float fittedError = error(x, at, weights, fittedScale, fittedMin);
        if (!(fittedError < error)) {
            return error;
        }
        System.arraycopy(trial, 0, levels, to, size);
        scale = fittedScale;
        min = fittedMin;
        return fittedError;
    }
}
