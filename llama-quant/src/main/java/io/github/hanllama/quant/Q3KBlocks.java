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
    void read(BlockPair blocks, int count, LaneRun run) {
        for (int unit = 0; unit < count; unit++) {
            read(blocks, unit * type().blockBytes(), unit, run);
        }
    }

    private static void read(BlockPair blocks, int at, int unit, LaneRun run) {
        run.putScale(unit, blocks.halves(at + SCALE));
        long high = blocks.words(at + SCALES_HIGH);
        for (int word = 0; word < 4; word++) {
            long low = blocks.words(at + SCALES + word % 2 * 4) >>> word / 2 * 4 & 0x0f * BlockPair.BYTES;
            run.putFactors(unit, 4 * word, lessHalf(low | (high >>> 2 * word & 0x03 * BlockPair.BYTES) << 4));
        }
        for (int i = 0; i < SIZE / 32; i++) {
            for (int word = 0; word < 8; word++) {
                long third = blocks.words(at + 4 * word) >>> i & BlockPair.BYTES;
                run.level(word, blocks.fourPairs(at + LOW_BITS, i, word) | third << 2);
            }
            run.pack(unit, i);
        }
    }

    /** Takes 32 off each of eight bytes below 64: with their highest bits set they lend nothing to each other. */
    private static long lessHalf(long levels) {
        long highest = BlockPair.BYTES << 7;
        return (levels | highest) - 0x20 * BlockPair.BYTES ^ highest;
    }
}
