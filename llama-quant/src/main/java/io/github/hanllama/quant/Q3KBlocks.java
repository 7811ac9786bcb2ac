package io.github.hanllama.quant;

/** Q3_K: 16 groups of 16 three-bit levels around zero, each group with a scale of six bits. */
final class Q3KBlocks extends BlockCodec {
    static final int SIZE = 256;
    static final int GROUP = 16;
    static final int GROUPS = SIZE / GROUP;
    static final int HALF = 4;
    static final int HALF_SCALE = 32;

    static final int HIGH_BITS_BYTES = 32; // the block begins with them: bit i / 32 of byte i % 32
    static final int LOW_BITS = 32;
    static final int SCALES = 96;
    static final int SCALES_HIGH = 104;
    static final int SCALE = 108;

    Q3KBlocks() {
        super(DType.Q3_K);
    }

    @Override
    BlockEncoder encoder() {
        return new Q3KEncoder();
    }

    /** Scales have six bits: the lower four two to a byte, the upper two four to a byte. */
    private static int scaleLevel(byte[] block, int from, int group) {
        int low = block[from + SCALES + group % 8] >> group / 8 * 4 & 15;
        int high = block[from + SCALES_HIGH + group % 4] >> group / 4 * 2 & 3;
        return (low | high << 4) - HALF_SCALE;
    }

    static float scale(byte[] block, int from, int group) {
        return BlockBytes.half(block, from + SCALE) * scaleLevel(block, from, group);
    }

    @Override
    void decode(byte[] block, int from, float[] y, int at) {
        for (int group = 0; group < GROUPS; group++) {
            float scale = scale(block, from, group);
            int low = from + LOW_BITS + BlockBytes.pairsByte(group * GROUP);
            int shift = BlockBytes.pairsShift(group * GROUP);
            int high = from + group * GROUP % HIGH_BITS_BYTES;
            int bit = group * GROUP / HIGH_BITS_BYTES;
            for (int i = 0; i < GROUP; i++) {
                int level = block[low + i] >> shift & 3 | (block[high + i] >> bit & 1) << 2;
                y[at + group * GROUP + i] = scale * (level - HALF);
            }
        }
    }

    @Override
    void read(byte[] block, int from, LaneRun run) {
        run.putScale(BlockBytes.bits(block, from + SCALE));
        int high = BlockBytes.word(block, from + SCALES_HIGH);
        for (int word = 0; word < 4; word++) {
            int low = BlockBytes.word(block, from + SCALES + word % 2 * 4) >>> word / 2 * 4 & 0x0f0f0f0f;
            run.putFactors(4 * word, lessHalf(low | (high >>> 2 * word & 0x03030303) << 4));
        }
        for (int i = 0; i < SIZE / 32; i++) {
            for (int word = 0; word < 8; word++) {
                int third = BlockBytes.word(block, from + 4 * word) >>> i & 0x01010101;
                run.level(word, BlockBytes.fourPairs(block, from + LOW_BITS, i, word) | third << 2);
            }
            run.pack(i);
        }
    }

    /** Takes 32 off each of four bytes below 64: with their highest bits set they lend nothing to each other. */
    private static int lessHalf(int fourLevels) {
        return (fourLevels | 0x80808080) - 0x20202020 ^ 0x80808080;
    }
}
