package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockBytes.nearestEven;

import java.util.Arrays;

/** Q6_K: 16 groups of 16 six-bit levels around zero, each group with a scale of eight bits. */
final class Q6KBlocks extends BlockCodec {
    private static final int SIZE = 256;
    private static final int GROUP = 16;
    private static final int GROUPS = SIZE / GROUP;
    private static final int HALF = 32;
    private static final int LOWEST_SCALE = -128;
    private static final int HIGHEST_SCALE = 127;

    private static final int HIGH_BITS = 128; // after the lower four bits of each level
    private static final int SCALES = 192;
    private static final int SCALE = 208;

    Q6KBlocks() {
        super(DType.Q6_K);
    }

    @Override
    void encode(float[] x, int at, byte[] block, int to) {
        SymmetricSearch search = new SymmetricSearch(GROUP, HALF);
        int[] levels = new int[SIZE];
        float[] scales = new float[GROUPS];
        for (int group = 0; group < GROUPS; group++) {
            scales[group] = search.tryScales(x, at + group * GROUP, levels, group * GROUP);
        }
        float extreme = BlockBytes.extreme(scales, 0, GROUPS);
        if (Math.abs(extreme) < SymmetricSearch.NOTHING) {
            Arrays.fill(block, to, to + type().blockBytes(), (byte) 0);
            return;
        }
        float inverse = LOWEST_SCALE / extreme;
        BlockBytes.putHalf(block, to + SCALE, 1 / inverse);
        for (int group = 0; group < GROUPS; group++) {
            block[to + SCALES + group] = (byte) Math.min(HIGHEST_SCALE, nearestEven(inverse * scales[group]));
            requantize(x, at, scale(block, to, group), group, levels);
        }
        putLowBits(levels, block, to);
        BlockBytes.putPairsOfBits(levels, 4, block, to + HIGH_BITS);
    }

    private static float scale(byte[] block, int from, int group) {
        return BlockBytes.half(block, from + SCALE) * block[from + SCALES + group];
    }

    private static void requantize(float[] x, int at, float scale, int group, int[] levels) {
        if (scale == 0) {
            return;
        }
        for (int i = group * GROUP; i < (group + 1) * GROUP; i++) {
            levels[i] = Math.clamp(nearestEven(x[at + i] / scale), -HALF, HALF - 1) + HALF;
        }
    }

    /** In each half of the block levels 64 apart share a byte. */
    private static void putLowBits(int[] levels, byte[] block, int to) {
        for (int i = 0; i < SIZE / 2; i++) {
            int low = i / 64 * 128 + i % 64;
            block[to + i] = (byte) (levels[low] & 15 | levels[low + 64] << 4);
        }
    }

    @Override
    void decode(byte[] block, int from, float[] y, int at) {
        for (int i = 0; i < SIZE; i++) {
            int low = block[from + i / 128 * 64 + i % 64] >> i % 128 / 64 * 4 & 15;
            int high = BlockBytes.pairOfBits(block, from + HIGH_BITS, i);
            y[at + i] = scale(block, from, i / GROUP) * ((low | high << 4) - HALF);
        }
    }
}
