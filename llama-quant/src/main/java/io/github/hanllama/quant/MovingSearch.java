package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockBytes.nearestEven;

import java.util.Arrays;

/**
 * Finds a scale and levels {@code -half..half - 1} for a group of numbers, each weighted by its square: moves one level
 * at a time while that makes the error smaller. ({@code make_q3_quants} of llama.cpp's {@code ggml-quants.c}.) For one
 * thread.
 */
final class MovingSearch {
    private static final int PASSES = 5;

    private final int size;
    private final int half;
    private float sumXL; // weighted, of numbers and levels
    private float sumL2; // weighted, of squared levels

    MovingSearch(int size, int half) {
        this.size = size;
        this.half = half;
    }

    /** As {@link SymmetricSearch#search}, for one group; levels go from index {@code to} on. */
    float search(float[] x, int at, int[] levels, int to) {
        float extreme = BlockBytes.extreme(x, at, size);
        if (Math.abs(extreme) < SymmetricSearch.NOTHING) {
            Arrays.fill(levels, to, to + size, 0);
            return 0;
        }
        quantize(x, at, -half / extreme, levels, to);
        boolean changed = true;
        for (int pass = 0; pass < PASSES && changed; pass++) {
            changed = false;
            for (int i = 0; i < size; i++) {
                changed |= move(x[at + i], levels, to + i);
            }
        }
        return sumL2 > 0 ? sumXL / sumL2 : 0;
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

    private boolean move(float value, int[] levels, int place) {
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
