package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockBytes.nearestEven;

import java.util.Arrays;

/** The specification: one group after the other. */
final class ScalarAffineSearch implements AffineSearch {
    private final Tries tries;
    private final int size;
    private final int[] trial;

    // of the group at hand
    private float scale;
    private float min;
    private float sumW;
    private float sumX;
    private float error;

    ScalarAffineSearch(Tries tries) {
        this.tries = tries;
        this.size = tries.size();
        this.trial = new int[size];
    }

    @Override
    public void search(float[] x, int at, float[] weights, int[] levels, float[] scales, float[] offsets) {
        for (int group = 0; group < scales.length; group++) {
            search(x, at + group * size, weights, group * size, levels);
            scales[group] = scale;
            offsets[group] = -min;
        }
    }

    /** @param to the first place of the group among weights and levels */
    private void search(float[] x, int at, float[] weights, int to, int[] levels) {
        float max = x[at];
        min = max;
        sumW = weights[to];
        sumX = sumW * max;
        for (int i = 1; i < size; i++) {
            min = x[at + i] < min ? x[at + i] : min;
            max = x[at + i] > max ? x[at + i] : max;
            sumW += weights[to + i];
            sumX += weights[to + i] * x[at + i];
        }
        min = min > 0 ? 0 : min;
        if (max == min) {
            Arrays.fill(levels, to, to + size, 0);
            scale = 0;
            return;
        }
        float inverse = tries.top() / (max - min);
        scale = 1 / inverse;
        quantize(x, at, inverse);
        error = error(x, at, weights, to, scale, min);
        System.arraycopy(trial, 0, levels, to, size);
        for (int i = 0; i <= tries.last(); i++) {
            quantize(x, at, tries.levels(i) / (max - min));
            fit(x, at, weights, to, levels);
        }
    }

    private void quantize(float[] x, int at, float inverse) {
        for (int i = 0; i < size; i++) {
            trial[i] = Math.clamp(nearestEven(inverse * (x[at + i] - min)), 0, tries.top());
        }
    }

    private float error(float[] x, int at, float[] weights, int to, float scale, float min) {
        float error = 0;
        for (int i = 0; i < size; i++) {
            float difference = scale * trial[i] + min - x[at + i];
            error += weights[to + i] * (tries.absolute() ? Math.abs(difference) : difference * difference);
        }
        return error;
    }

    /** Fits a line to the levels tried, and keeps both when they are better. */
    private void fit(float[] x, int at, float[] weights, int to, int[] levels) {
        float sumL = 0;
        float sumL2 = 0;
        float sumXL = 0;
        for (int i = 0; i < size; i++) {
            float weighted = weights[to + i] * trial[i];
            sumL += weighted;
            sumL2 += weighted * trial[i];
            sumXL += weighted * x[at + i];
        }
        float determinant = sumW * sumL2 - sumL * sumL;
        if (!(determinant > 0)) {
            return;
        }
        float fittedScale = (sumW * sumXL - sumX * sumL) / determinant;
        float fittedMin = (sumL2 * sumX - sumL * sumXL) / determinant;
        if (fittedMin > 0) {
            fittedMin = 0;
            fittedScale = sumXL / sumL2;
        }
        float fittedError = error(x, at, weights, to, fittedScale, fittedMin);
        if (fittedError < error) {
            System.arraycopy(trial, 0, levels, to, size);
            error = fittedError;
            scale = fittedScale;
            min = fittedMin;
        }
    }
}
