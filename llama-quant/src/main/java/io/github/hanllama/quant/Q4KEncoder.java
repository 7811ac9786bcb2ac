package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockBytes.nearestEven;
import static io.github.hanllama.quant.Q4KBlocks.FIFTH_BITS_BYTES;
import static io.github.hanllama.quant.Q4KBlocks.GROUP;
import static io.github.hanllama.quant.Q4KBlocks.GROUPS;
import static io.github.hanllama.quant.Q4KBlocks.SIZE;

/**
 * Makes blocks of Q4_K and Q5_K: scale and offset by group first, those in six bits then, and the levels for them.
 *
 * <p>Two blocks together have as many groups as the widest vectors have lanes.
 */
final class Q4KEncoder extends BlockEncoder {
    private static final int TOP_SCALE = 63;

    private final int top;
    private final boolean five;
    private final int blockBytes;
    private final AffineSearch search;
    private final AffineSearch weightedSearch;
    private final PositiveSearch scaleSearch = new PositiveSearch(TOP_SCALE);
    private final Found one = new Found(1);
    private final Found two = new Found(2);
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
        this.blockBytes = (five ? DType.Q5_K : DType.Q4_K).blockBytes();
        this.search = Kernels.affineSearch(
                five
                        ? new AffineSearch.Tries(GROUP, top, -0.5f, 0.1f, 15, false)
                        : new AffineSearch.Tries(GROUP, top, -1, 0.1f, 20, false));
        this.weightedSearch = Kernels.affineSearch(AffineSearch.Tries.weighted(GROUP, top));
    }

    @Override
    int together() {
        return two.blocks;
    }

    @Override
    void encode(float[] x, int at, byte[] block, int to) {
        encode(x, at, one, block, to);
    }

    @Override
    void encodeTogether(float[] x, int at, byte[] blocks, int to) {
        encode(x, at, two, blocks, to);
    }

    private void encode(float[] x, int at, Found found, byte[] blocks, int to) {
        for (int first = 0; first < found.weights.length; first += GROUP) {
            weigh(x, at + first, found.weights, first);
        }
        found.by(search, x, at);
        for (int i = 0; i < found.blocks; i++) {
            int block = to + i * blockBytes;
            take(found, i);
            BlockBytes.putHalf(blocks, block, quantize(scales, scaleLevels));
            BlockBytes.putHalf(blocks, block + Q4KBlocks.OFFSET, quantize(offsets, offsetLevels));
            finish(x, at + i * SIZE, blocks, block);
        }
    }

    @Override
    void encode(float[] x, int at, WeightedRow row, int column, byte[] block, int to) {
        encode(x, at, row, column, one, block, to);
    }

    @Override
    void encodeTogether(float[] x, int at, WeightedRow row, int column, byte[] blocks, int to) {
        encode(x, at, row, column, two, blocks, to);
    }

    private void encode(float[] x, int at, WeightedRow row, int column, Found found, byte[] blocks, int to) {
        for (int first = 0; first < found.weights.length; first += SIZE) {
            row.weigh(x, at + first, column + first, 2 * WeightedRow.meanSquare(x, at + first, SIZE), weights);
            System.arraycopy(weights, 0, found.weights, first, SIZE);
        }
        found.by(weightedSearch, x, at);
        for (int i = 0; i < found.blocks; i++) {
            int block = to + i * blockBytes;
            take(found, i);
            WeightedRow.sum(weights, groupWeights);
            BlockBytes.putHalf(blocks, block, scaleSearch.search(scales, groupWeights, scaleLevels));
            BlockBytes.putHalf(
                    blocks, block + Q4KBlocks.OFFSET, scaleSearch.search(offsets, groupWeights, offsetLevels));
            finish(x, at + i * SIZE, blocks, block);
        }
    }

    /** Every number of a group counts, large ones more. */
    private static void weigh(float[] x, int at, float[] weights, int first) {
        float average = (float) Math.sqrt(WeightedRow.meanSquare(x, at, GROUP));
        for (int i = 0; i < GROUP; i++) {
            weights[first + i] = average + Math.abs(x[at + i]);
        }
    }

    /** One of the blocks that were searched together. */
    private void take(Found found, int block) {
        System.arraycopy(found.weights, block * SIZE, weights, 0, SIZE);
        System.arraycopy(found.levels, block * SIZE, levels, 0, SIZE);
        System.arraycopy(found.scales, block * GROUPS, scales, 0, GROUPS);
        System.arraycopy(found.offsets, block * GROUPS, offsets, 0, GROUPS);
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

    /** Some blocks to search together, and what was found. */
    private static final class Found {
        final int blocks;
        final float[] weights;
        final int[] levels;
        final float[] scales;
        final float[] offsets;

        Found(int blocks) {
            this.blocks = blocks;
            this.weights = new float[blocks * SIZE];
            this.levels = new int[blocks * SIZE];
            this.scales = new float[blocks * GROUPS];
            this.offsets = new float[blocks * GROUPS];
        }

        void by(AffineSearch search, float[] x, int at) {
            search.search(x, at, weights, levels, scales, offsets);
        }
    }
}
