package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockBytes.nearestEven;

import java.util.Arrays;

/**
 * Finds the scale with which a group of numbers loses least as levels {@code -half..half - 1}, each number weighted by
 * its square. Levels are kept with {@code half} added.
 */
final class SymmetricSearch {
    /** Groups with nothing larger count as zero. */
    static final float NOTHING = 1e-15f;

    private static final int SCALES_EACH_WAY = 9;
    private static final float SCALE_STEP = 0.1f;
    private static final int PASSES = 5;

    private final int size;
    private final int half;
    private float sumXL; // weighted, of numbers and levels
    private float sumL2; // weighted, of squared levels

    SymmetricSearch(int size, int half) {
        this.size = size;
        this.half = half;
    }

    /** Tries scales around the one that puts the extreme value on the lowest level; returns the best. */
    float tryScales(float[] x, int at, int[] levels, int to) {
        float extreme = BlockBytes.extreme(x, at, size);
        if (Math.abs(extreme) < NOTHING) {
            return nothing(levels, to);
        }
        quantize(x, at, -half / extreme, levels, to);
        float scale = sumL2 == 0 ? 0 : sumXL / sumL2;
        float best = scale * sumXL;
        int[] trial = new int[size];
        for (int i = -SCALES_EACH_WAY; i <= SCALES_EACH_WAY; i++) {
            if (i == 0) {
                continue;
            }
            quantize(x, at, -(half + SCALE_STEP * i) / extreme, trial, 0);
            if (sumL2 > 0 && sumXL * sumXL > best * sumL2) {
                System.arraycopy(trial, 0, levels, to, size);
                scale = sumXL / sumL2;
                best = scale * sumXL;
            }
        }
        return scale;
    }

    /** Moves one level at a time while that makes the error smaller; returns the scale that fits the levels. */
    float moveLevels(float[] x, int at, int[] levels, int to) {
        float extreme = BlockBytes.extreme(x, at, size);
        if (Math.abs(extreme) < NOTHING) {
            return nothing(levels, to);
        }
        quantize(x, at, -half / extreme, levels, to);
        boolean changed = true;
        for (int pass = 0; pass < PASSES && changed; pass++) {
            changed = false;
            for (int i = 0; i < size; i++) {
                changed |= moveLevel(x[at + i], levels, to + i);
            }
        }
        return sumXL / sumL2;
    }

    private float nothing(int[] levels, int to) {
        Arrays.fill(levels, to, to + size, 0);
        return 0;
    }

    private void quantize(float[] x, int at, float inverse, int[] levels, int to) {
        sumXL = 0;
        sumL2 = 0;
        for (int i = 0; i < size; i++) {
            int level = level(inverse * x[at + i]);
            float weight = x[at + i] * x[at + i];
            sumXL += weight * x[at + i] * level;
            sumL2 += weight * level * level;
            levels[to + i] = level + half;
        }
    }

    private boolean moveLevel(float value, int[] levels, int place) {
        int level = levels[place] - half;
        float weight = value * value;
        float restXL = sumXL - weight * value * level;
        if (!(restXL > 0)) {
            return false;
        }
        float restL2 = sumL2 - weight * level * level;
        int moved = level(value * restL2 / restXL);
        if (moved == level) {
            return false;
        }
        restXL += weight * value * moved;
        restL2 += weight * moved * moved;
        if (!(restL2 > 0) || !(restXL * restXL * sumL2 > sumXL * sumXL * restL2)) {
            return false;
        }
        levels[place] = moved + half;
        sumXL = restXL;
        sumL2 = restL2;
        return true;
    }

    private int level(float exact) {
        return Math.clamp(nearestEven(exact), -half, half - 1);
    }
}
