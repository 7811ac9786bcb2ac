package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockBytes.nearestEven;

/** Q2_K: 16 groups of 16 two-bit levels, each group with a scale and an offset of four bits. */
final class Q2KBlocks extends BlockCodec {
    private static final int SIZE = 256;
    private static final int GROUP = 16;
    private static final int GROUPS = SIZE / GROUP;
    private static final int TOP = 3;
    private static final int TOP_SCALE = 15;

    private static final int LEVELS = 16; // after the groups' scales
    private static final int SCALE = 80;
    private static final int OFFSET = 82;

    Q2KBlocks() {
        super(DType.Q2_K);
    }

    @Override
    void encode(float[] x, int at, byte[] block, int to) {
        AffineSearch search = new AffineSearch(GROUP, TOP, -0.5f, 0.1f, 15, true);
        int[] levels = new int[SIZE];
        float[] scales = new float[GROUPS];
        float[] offsets = new float[GROUPS];
        float[] weights = new float[GROUP];
        for (int group = 0; group < GROUPS; group++) {
            for (int i = 0; i < GROUP; i++) {
                weights[i] = Math.abs(x[at + group * GROUP + i]);
            }
            search.search(x, at + group * GROUP, weights, levels, group * GROUP);
            scales[group] = search.scale();
            offsets[group] = search.offset();
        }
        int[] scaleLevels = new int[GROUPS];
        int[] offsetLevels = new int[GROUPS];
        BlockBytes.putHalf(block, to + SCALE, quantize(scales, scaleLevels));
        BlockBytes.putHalf(block, to + OFFSET, quantize(offsets, offsetLevels));
        for (int group = 0; group < GROUPS; group++) {
            block[to + group] = (byte) (scaleLevels[group] | offsetLevels[group] << 4);
            requantize(x, at, block, to, group, levels);
        }
        BlockBytes.putPairsOfBits(levels, 0, block, to + LEVELS);
    }

    private static float quantize(float[] values, int[] levels) {
        float max = 0;
        for (float value : values) {
            max = value > max ? value : max;
        }
        if (max == 0) {
            return 0;
        }
        float inverse = TOP_SCALE / max;
        for (int i = 0; i < values.length; i++) {
            levels[i] = nearestEven(inverse * values[i]);
        }
        return max / TOP_SCALE;
    }

    /** The levels again, now that scale and offset are rounded; a group without a scale keeps those of the search. */
    private static void requantize(float[] x, int at, byte[] block, int to, int group, int[] levels) {
        float scale = scale(block, to, group);
        if (scale == 0) {
            return;
        }
        float offset = offset(block, to, group);
        for (int i = group * GROUP; i < (group + 1) * GROUP; i++) {
            levels[i] = Math.clamp(nearestEven((x[at + i] + offset) / scale), 0, TOP);
        }
    }

    private static float scale(byte[] block, int from, int group) {
        return BlockBytes.half(block, from + SCALE) * (block[from + group] & 15);
    }

    private static float offset(byte[] block, int from, int group) {
        return BlockBytes.half(block, from + OFFSET) * (block[from + group] >> 4 & 15);
    }

    @Override
    void decode(byte[] block, int from, float[] y, int at) {
        for (int group = 0; group < GROUPS; group++) {
            float scale = scale(block, from, group);
            float offset = offset(block, from, group);
            for (int i = group * GROUP; i < (group + 1) * GROUP; i++) {
                y[at + i] = scale * BlockBytes.pairOfBits(block, from + LEVELS, i) - offset;
            }
        }
    }
}
