package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockBytes.nearestEven;

import java.util.Arrays;

/** The specification: one group after the other. */
final class ScalarSymmetricSearch implements SymmetricSearch {
    private final int size;
    private final int half;
    private final int[] trial;
    private float sumXL; // weighted, of numbers and levels
    private float sumL2; // weighted, of squared levels

    ScalarSymmetricSearch(int size, int half) {
        this.size = size;
        this.half = half;
        this.trial = new int[size];
    }

    @Override
    public void search(float[] x, int at, float[] weights, int[] levels, float[] scales) {
        for (int group = 0; group < scales.length; group++) {
            scales[group] = search(x, at + group * size, weights, group * size, levels);
        }
    }

    /** @param to the first place of the group among weights and levels */
    private float search(float[] x, int at, float[] weights, int to, int[] levels) {
        float extreme = BlockBytes.extreme(x, at, size);
        if (Math.abs(extreme) < NOTHING) {
            Arrays.fill(levels, to, to + size, 0);
            return 0;
        }
        quantize(x, at, -half / extreme, weights, to);
        System.arraycopy(trial, 0, levels, to, size);
        float scale = sumL2 == 0 ? 0 : sumXL / sumL2;
        float best = scale * sumXL;
        for (int i = -SCALES_EACH_WAY; i <= SCALES_EACH_WAY; i++) {
            if (i == 0) {
                continue;
            }
            quantize(x, at, -(half + SCALE_STEP * i) / extreme, weights, to);
            if (sumL2 > 0 && sumXL * sumXL > best * sumL2) {
                System.arraycopy(trial, 0, levels, to, size);
                scale = sumXL / sumL2;
                best = scale * sumXL;
            }
        }
        return scale;
    }

    private void quantize(float[] x, int at, float inverse, float[] weights, int to) {
        sumXL = 0;
        sumL2 = 0;
        for (int i = 0; i < size; i++) {
            int level = Math.clamp(nearestEven(inverse * x[at + i]), -half, half - 1);
            sumXL += weights[to + i] * x[at + i] * level;
            sumL2 += weights[to + i] * level * level;
            trial[i] = level + half;
        }
    }
}
