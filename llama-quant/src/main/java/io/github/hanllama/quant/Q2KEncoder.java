package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockBytes.nearestEven;
import static io.github.hanllama.quant.Q2KBlocks.GROUP;
import static io.github.hanllama.quant.Q2KBlocks.GROUPS;
import static io.github.hanllama.quant.Q2KBlocks.SIZE;

import java.util.Arrays;

/** Makes blocks of Q2_K: scale and offset by group first, those in four bits then, and the levels for them. */
final class Q2KEncoder extends BlockEncoder {
    private static final int TOP = 3;
    private static final int TOP_SCALE = 15;

    private final AffineSearch search = Kernels.affineSearch(new AffineSearch.Tries(GROUP, TOP, -0.5f, 0.1f, 15, true));
    private final AffineSearch weightedSearch = Kernels.affineSearch(AffineSearch.Tries.weighted(GROUP, TOP));
    private final PositiveSearch scaleSearch = new PositiveSearch(TOP_SCALE);
    private final int[] levels = new int[SIZE];
    private final float[] weights = new float[SIZE];
    private final float[] scales = new float[GROUPS];
    private final float[] offsets = new float[GROUPS];
    private final float[] groupWeights = new float[GROUPS];
    private final int[] scaleLevels = new int[GROUPS];
    private final int[] offsetLevels = new int[GROUPS];

    @Override
    void encode(float[] x, int at, byte[] block, int to) {
        for (int i = 0; i < SIZE; i++) {
            weights[i] = Math.abs(x[at + i]);
        }
        search.search(x, at, weights, levels, scales, offsets);
        BlockBytes.putHalf(block, to + Q2KBlocks.SCALE, quantize(scales, scaleLevels));
        BlockBytes.putHalf(block, to + Q2KBlocks.OFFSET, quantize(offsets, offsetLevels));
        finish(x, at, block, to);
    }

    @Override
    void encode(float[] x, int at, WeightedRow row, int column, byte[] block, int to) {
        row.weigh(x, at, column, WeightedRow.meanSquare(x, at, SIZE), weights);
        WeightedRow.sum(weights, groupWeights);
        weightedSearch.search(x, at, weights, levels, scales, offsets);
        BlockBytes.putHalf(block, to + Q2KBlocks.SCALE, scaleSearch.search(scales, groupWeights, scaleLevels));
        BlockBytes.putHalf(block, to + Q2KBlocks.OFFSET, scaleSearch.search(offsets, groupWeights, offsetLevels));
        finish(x, at, block, to);
    }

    private static float quantize(float[] values, int[] levels) {
        float max = 0;
        for (float value : values) {
            max = value > max ? value : max;
        }
        if (max == 0) {
            Arrays.fill(levels, 0);
            return 0;
        }
        float inverse = TOP_SCALE / max;
        for (int i = 0; i < values.length; i++) {
            levels[i] = nearestEven(inverse * values[i]);
        }
        return max / TOP_SCALE;
    }

    private void finish(float[] x, int at, byte[] block, int to) {
        for (int group = 0; group < GROUPS; group++) {
            block[to + group] = (byte) (scaleLevels[group] | offsetLevels[group] << 4);
            float scale = Q2KBlocks.scale(block, to, group);
            if (scale != 0) { // without a scale a group keeps the levels of the search
                float offset = Q2KBlocks.offset(block, to, group);
                requantize(x, at + group * GROUP, scale, offset, group * GROUP);
            }
        }
        BlockBytes.putPairsOfBits(levels, 0, block, to + Q2KBlocks.LEVELS);
    }

    private void requantize(float[] x, int at, float scale, float offset, int first) {
        for (int i = 0; i < GROUP; i++) {
            levels[first + i] = Math.clamp(nearestEven((x[at + i] + offset) / scale), 0, TOP);
        }
    }
}
