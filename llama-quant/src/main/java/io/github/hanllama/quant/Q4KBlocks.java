package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockBytes.nearestEven;

/** Q4_K and Q5_K: 8 groups of 32 levels of four or five bits, each group with a scale and an offset of six bits. */
final class Q4KBlocks extends BlockCodec {
    private static final int SIZE = 256;
    private static final int GROUP = 32;
    private static final int GROUPS = SIZE / GROUP;
    private static final int TOP_SCALE = 63;

    private static final int OFFSET = 2;
    private static final int SCALES = 4;
    private static final int AFTER_SCALES = 16;
    private static final int FIFTH_BITS_BYTES = 32;

    private final int top;
    private final boolean five;

    Q4KBlocks(DType type, int bits) {
        super(type);
        this.top = (1 << bits) - 1;
        this.five = bits == 5;
    }

    @Override
    void encode(float[] x, int at, byte[] block, int to) {
        AffineSearch search = five
                ? new AffineSearch(GROUP, top, -0.5f, 0.1f, 15, false)
                : new AffineSearch(GROUP, top, -1, 0.1f, 20, false);
        int[] levels = new int[SIZE];
        float[] scales = new float[GROUPS];
        float[] offsets = new float[GROUPS];
        for (int group = 0; group < GROUPS; group++) {
            search.search(x, at + group * GROUP, weights(x, at + group * GROUP), levels, group * GROUP);
            scales[group] = search.scale();
            offsets[group] = search.offset();
        }
        int[] scaleLevels = new int[GROUPS];
        int[] offsetLevels = new int[GROUPS];
        BlockBytes.putHalf(block, to, quantize(scales, scaleLevels));
        BlockBytes.putHalf(block, to + OFFSET, quantize(offsets, offsetLevels));
        putScales(scaleLevels, offsetLevels, block, to + SCALES);
        for (int group = 0; group < GROUPS; group++) {
            requantize(x, at, block, to, group, levels);
        }
        putLevels(levels, block, to + AFTER_SCALES);
    }

    /** Every number counts, large ones more. */
    private static float[] weights(float[] x, int at) {
        float squares = 0;
        for (int i = 0; i < GROUP; i++) {
            squares += x[at + i] * x[at + i];
        }
        float average = (float) Math.sqrt(squares / GROUP);
        float[] weights = new float[GROUP];
        for (int i = 0; i < GROUP; i++) {
            weights[i] = average + Math.abs(x[at + i]);
        }
        return weights;
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

    /** The first four of each in a byte of their own, whose upper two bits are those of the other four. */
    private static void putScales(int[] scales, int[] offsets, byte[] block, int at) {
        for (int i = 0; i < 4; i++) {
            block[at + i] = (byte) (scales[i] | scales[i + 4] >> 4 << 6);
            block[at + 4 + i] = (byte) (offsets[i] | offsets[i + 4] >> 4 << 6);
            block[at + 8 + i] = (byte) (scales[i + 4] & 15 | (offsets[i + 4] & 15) << 4);
        }
    }

    private static float scale(byte[] block, int from, int group) {
        int at = from + SCALES + group % 4;
        int level = group < 4 ? block[at] & 63 : block[at + 8] & 15 | (block[at] >> 6 & 3) << 4;
        return BlockBytes.half(block, from) * level;
    }

    private static float offset(byte[] block, int from, int group) {
        int at = from + SCALES + group % 4;
        int level = group < 4 ? block[at + 4] & 63 : block[at + 8] >> 4 & 15 | (block[at + 4] >> 6 & 3) << 4;
        return BlockBytes.half(block, from + OFFSET) * level;
    }

    /** The levels again, now that scale and offset are rounded; a group without a scale keeps those of the search. */
    private void requantize(float[] x, int at, byte[] block, int to, int group, int[] levels) {
        float scale = scale(block, to, group);
        if (scale == 0) {
            return;
        }
        float offset = offset(block, to, group);
        for (int i = group * GROUP; i < (group + 1) * GROUP; i++) {
            levels[i] = Math.clamp(nearestEven((x[at + i] + offset) / scale), 0, top);
        }
    }

    /** Two groups share 32 bytes; fifth bits come first, bit by bit the groups of each of 32 places. */
    private void putLevels(int[] levels, byte[] block, int at) {
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
        for (int i = 0; i < SIZE / 2; i++) {
            int low = i / GROUP * 2 * GROUP + i % GROUP;
            block[nibbles + i] = (byte) (levels[low] & 15 | levels[low + GROUP] << 4);
        }
    }

    private int level(byte[] block, int at, int group, int i) {
        int nibbles = at + (five ? FIFTH_BITS_BYTES : 0);
        int level = block[nibbles + group / 2 * GROUP + i] >> group % 2 * 4 & 15;
        return five ? level | (block[at + i] >> group & 1) << 4 : level;
    }

    @Override
    void decode(byte[] block, int from, float[] y, int at) {
        for (int group = 0; group < GROUPS; group++) {
            float scale = scale(block, from, group);
            float offset = offset(block, from, group);
            for (int i = 0; i < GROUP; i++) {
                y[at + group * GROUP + i] = scale * level(block, from + AFTER_SCALES, group, i) - offset;
            }
        }
    }
}
