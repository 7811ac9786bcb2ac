package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockBytes.nearestEven;

import java.util.Arrays;

/** Q3_K: 16 groups of 16 three-bit levels around zero, each group with a scale of six bits. */
final class Q3KBlocks extends BlockCodec {
    private static final int SIZE = 256;
    private static final int GROUP = 16;
    private static final int GROUPS = SIZE / GROUP;
    private static final int HALF = 4;
    private static final int HALF_SCALE = 32;

    private static final int HIGH_BITS_BYTES = 32; // the block begins with them: bit i / 32 of byte i % 32
    private static final int LOW_BITS = 32;
    private static final int SCALES = 96;
    private static final int SCALES_HIGH = 104;
    private static final int SCALE = 108;

    Q3KBlocks() {
        super(DType.Q3_K);
    }

    @Override
    void encode(float[] x, int at, byte[] block, int to) {
        SymmetricSearch search = new SymmetricSearch(GROUP, HALF);
        int[] levels = new int[SIZE];
        float[] scales = new float[GROUPS];
        for (int group = 0; group < GROUPS; group++) {
            scales[group] = search.moveLevels(x, at + group * GROUP, levels, group * GROUP);
        }
        putScales(scales, block, to);
        for (int group = 0; group < GROUPS; group++) {
            requantize(x, at, scale(block, to, group), group, levels);
        }
        putHighBits(levels, block, to);
        BlockBytes.putPairsOfBits(levels, 0, block, to + LOW_BITS);
    }

    /** Scales have six bits: the lower four two to a byte, the upper two four to a byte. */
    private static void putScales(float[] scales, byte[] block, int to) {
        Arrays.fill(block, to + SCALES, to + SCALE, (byte) 0);
        float extreme = BlockBytes.extreme(scales, 0, GROUPS);
        if (extreme == 0) {
            BlockBytes.putHalf(block, to + SCALE, 0);
            return;
        }
        float inverse = -HALF_SCALE / extreme;
        BlockBytes.putHalf(block, to + SCALE, 1 / inverse);
        for (int group = 0; group < GROUPS; group++) {
            int level = Math.clamp(nearestEven(inverse * scales[group]), -HALF_SCALE, HALF_SCALE - 1) + HALF_SCALE;
            block[to + SCALES + group % 8] |= (byte) ((level & 15) << group / 8 * 4);
            block[to + SCALES_HIGH + group % 4] |= (byte) (level >> 4 << group / 4 * 2);
        }
    }

    private static float scale(byte[] block, int from, int group) {
        int low = block[from + SCALES + group % 8] >> group / 8 * 4 & 15;
        int high = block[from + SCALES_HIGH + group % 4] >> group / 4 * 2 & 3;
        return BlockBytes.half(block, from + SCALE) * ((low | high << 4) - HALF_SCALE);
    }

    private static void requantize(float[] x, int at, float scale, int group, int[] levels) {
        if (scale == 0) {
            return;
        }
        for (int i = group * GROUP; i < (group + 1) * GROUP; i++) {
            levels[i] = Math.clamp(nearestEven(x[at + i] / scale), -HALF, HALF - 1) + HALF;
        }
    }

    private static void putHighBits(int[] levels, byte[] block, int to) {
        for (int i = 0; i < HIGH_BITS_BYTES; i++) {
            int bits = 0;
            for (int bit = 0; bit < 8; bit++) {
                bits |= (levels[bit * HIGH_BITS_BYTES + i] >> 2) << bit;
            }
            block[to + i] = (byte) bits;
        }
    }

    @Override
    void decode(byte[] block, int from, float[] y, int at) {
        for (int group = 0; group < GROUPS; group++) {
            float scale = scale(block, from, group);
            for (int i = group * GROUP; i < (group + 1) * GROUP; i++) {
                int high = block[from + i % HIGH_BITS_BYTES] >> i / HIGH_BITS_BYTES & 1;
                y[at + i] = scale * ((BlockBytes.pairOfBits(block, from + LOW_BITS, i) | high << 2) - HALF);
            }
        }
    }
}
