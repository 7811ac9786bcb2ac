package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockBytes.nearestEven;
import static io.github.hanllama.quant.Q4KBlocks.FIFTH_BITS_BYTES;
import static io.github.hanllama.quant.Q4KBlocks.GROUP;
import static io.github.hanllama.quant.Q4KBlocks.GROUPS;
import static io.github.hanllama.quant.Q4KBlocks.SIZE;

/** Makes blocks of Q4_K and Q5_K: scale and offset by group first, those in six bits then, and the levels for them. */
final class Q4KEncoder extends BlockEncoder {
    private static final int TOP_SCALE = 63;

    private final int top;
    private final boolean five;
    private final AffineSearch search;
    private final AffineSearch weightedSearch;
    private final PositiveSearch scaleSearch = new PositiveSearch(TOP_SCALE);
    private final int[] levels = new int[SIZE];
    private final float[] weights = new float[SIZE];
    private final float[] scales = new float[GROUPS];
    private final float[] offsets = new float[GROUPS];
    private final float[] groupWeights = new float[GROUPS];
    private final int[] scaleLevels = new int[GROUPS];
    private final int[] offsetLevels = new int[GROUPS];

    Q4KEncoder(int top, boolean five) {
        this.top = top;
        this.five = five;
        this.search = Kernels.affineSearch(
                five
                        ? new AffineSearch.Tries(GROUP, top, -0.5f, 0.1f, 15, false)
                        : new AffineSearch.Tries(GROUP, top, -1, 0.1f, 20, false));
        this.weightedSearch = Kernels.affineSearch(AffineSearch.Tries.weighted(GROUP, top));
    }

    @Override
    void encode(float[] x, int at, byte[] block, int to) {
        for (int first = 0; first < SIZE; first += GROUP) {
            weigh(x, at + first, first);
        }
        search.search(x, at, weights, levels, scales, offsets);
        BlockBytes.putHalf(block, to, quantize(scales, scaleLevels));
        BlockBytes.putHalf(block, to + Q4KBlocks.OFFSET, quantize(offsets, offsetLevels));
        finish(x, at, block, to);
    }

    @Override
    void encode(float[] x, int at, WeightedRow row, int column, byte[] block, int to) {
        row.weigh(x, at, column, 2 * WeightedRow.meanSquare(x, at, SIZE), weights);
        WeightedRow.sum(weights, groupWeights);
        weightedSearch.search(x, at, weights, levels, scales, offsets);
        BlockBytes.putHalf(block, to, scaleSearch.search(scales, groupWeights, scaleLevels));
        BlockBytes.putHalf(block, to + Q4KBlocks.OFFSET, scaleSearch.search(offsets, groupWeights, offsetLevels));
        finish(x, at, block, to);
    }

    /** Every number of a group counts, large ones more. */
    private void weigh(float[] x, int at, int first) {
        float average = (float) Math.sqrt(WeightedRow.meanSquare(x, at, GROUP));
        for (int i = 0; i < GROUP; i++) {
            weights[first + i] = average + Math.abs(x[at + i]);
        }
    }

    private static float quantize(float[] values, int[] levels) {
        float max = 0;
        for (float value : values) {
            max = value > max ? value : max;
        }
        float inverse = max > 0 ? TOP_SCALE / max : 0;
        for (int i = 0; i < values.length; i++) {
            levels[i] = Math.min(TOP_SCALE, nearestEven(inverse * values[i]) & 0xff);
        }
        return max / TOP_SCALE;
    }

    private void finish(float[] x, int at, byte[] block, int to) {
        putScales(block, to + Q4KBlocks.SCALES);
        for (int group = 0; group < GROUPS; group++) {
            float scale = Q4KBlocks.scale(block, to, group);
            if (scale != 0) { // without a scale a group keeps the levels of the search
                float offset = Q4KBlocks.offset(block, to, group);
                requantize(x, at + group * GROUP, scale, offset, group * GROUP);
            }
        }
        putLevels(block, to + Q4KBlocks.AFTER_SCALES);
    }

    private void putScales(byte[] block, int at) {
        for (int i = 0; i < 4; i++) {
            block[at + i] = (byte) (scaleLevels[i] | scaleLevels[i + 4] >> 4 << 6);
            block[at + 4 + i] = (byte) (offsetLevels[i] | offsetLevels[i + 4] >> 4 << 6);
            block[at + 8 + i] = (byte) (scaleLevels[i + 4] & 15 | (offsetLevels[i + 4] & 15) << 4);
        }
    }

    private void requantize(float[] x, int at, float scale, float offset, int first) {
        for (int i = 0; i < GROUP; i++) {
            levels[first + i] = Math.clamp(nearestEven((x[at + i] + offset) / scale), 0, top);
        }
    }

    private void putLevels(byte[] block, int at) {
        if (five) {
            for (int i = 0; i < FIFTH_BITS_BYTES; i++) {
                int bits = 0;
                for (int group = 0; group < GROUPS; group++) {
                    bits |= levels[group * GROUP + i] >> 4 << group;
                }
                block[at + i] = (byte) bits;
            }
        }
        int nibbles = at + (five ? FIFTH_BITS_BYTES : 0);
        for (int pair = 0; pair < SIZE; pair += 2 * GROUP) {
            for (int i = 0; i < GROUP; i++) {
                block[nibbles + pair / 2 + i] = (byte) (levels[pair + i] & 15 | levels[pair + GROUP + i] << 4);
            }
        }
    }
}
