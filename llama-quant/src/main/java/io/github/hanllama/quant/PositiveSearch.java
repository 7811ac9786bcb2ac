package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockBytes.nearestEven;

import java.util.Arrays;

/**
 * Finds the scale with which positive numbers lose least as levels {@code 0..top}: tries some, then moves one level at a
 * time while that makes the error smaller. ({@code make_qp_quants} of llama.cpp's {@code ggml-quants.c}.) For one thread.
 */
final class PositiveSearch {
    private static final int SCALES_EACH_WAY = 4;
    private static final float SCALE_STEP = 0.1f;
    private static final int PASSES = 5;

    private final int top;
    private float sumXL; // weighted, of numbers and levels
    private float sumL2; // weighted, of squared levels

    PositiveSearch(int top) {
        this.top = top;
    }

    /** Levels have eight bits, so a negative number, which a scale hardly ever is, wraps around as in the reference. */
    float search(float[] x, float[] weights, int[] levels) {
        float max = 0;
        for (float value : x) {
            max = value > max ? value : max;
        }
        if (max < SymmetricSearch.NOTHING) {
            Arrays.fill(levels, 0);
            return 0;
        }
        quantize(x, weights, bestInverse(x, weights, max), levels);
        boolean changed = true;
        for (int pass = 0; pass < PASSES && changed; pass++) {
            changed = false;
            for (int i = 0; i < x.length; i++) {
                changed |= move(x[i], weights[i], levels, i);
            }
        }
        return sumL2 > 0 ? sumXL / sumL2 : 0;
    }

    private float bestInverse(float[] x, float[] weights, float max) {
        float best = top / max;
        float least = 0;
        float scale = 1 / best;
        for (int i = 0; i < x.length; i++) {
            float difference = x[i] - scale * (nearestEven(best * x[i]) & 0xff);
            least += weights[i] * difference * difference;
        }
        for (int i = -SCALES_EACH_WAY; i <= SCALES_EACH_WAY; i++) {
            float inverse = (SCALE_STEP * i + top) / max;
            float error = i == 0 ? least : error(x, weights, inverse);
            if (error < least) {
                least = error;
                best = inverse;
            }
        }
        return best;
    }

    private float error(float[] x, float[] weights, float inverse) {
        float scale = 1 / inverse;
        float error = 0;
        for (int i = 0; i < x.length; i++) {
            float difference = x[i] - scale * level(inverse * x[i]);
            error += weights[i] * difference * difference;
        }
        return error;
    }

    private void quantize(float[] x, float[] weights, float inverse, int[] levels) {
        sumXL = 0;
        sumL2 = 0;
        for (int i = 0; i < x.length; i++) {
            int level = level(inverse * x[i]);
            levels[i] = level & 0xff;
            sumXL += weights[i] * x[i] * level;
            sumL2 += weights[i] * level * level;
        }
    }

    private boolean move(float value, float weight, int[] levels, int place) {
        int level = levels[place];
        float restXL = sumXL - weight * value * level;
        float restL2 = sumL2 - weight * level * level;
        if (!(restXL > 0) || !(restL2 > 0)) {
            return false;
        }
        int moved = level(value * restL2 / restXL);
        if (moved == level) {
            return false;
        }
        restXL += weight * value * moved;
        restL2 += weight * moved * moved;
        if (!(restXL * restXL * sumL2 > sumXL * sumXL * restL2)) {
            return false;
        }
        levels[place] = moved & 0xff;
        sumXL = restXL;
        sumL2 = restL2;
        return true;
    }

    private int level(float exact) {
        return Math.min(top, nearestEven(exact));
    }
}
