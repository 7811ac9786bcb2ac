package io.github.hanllama.quant;

/** Q6_K: 16 groups of 16 six-bit levels around zero, each group with a scale of eight bits. */
final class Q6KBlocks extends BlockCodec {
    static final int SIZE = 256;
    static final int GROUP = 16;
    static final int GROUPS = SIZE / GROUP;
    static final int HALF = 32;

    static final int HIGH_BITS = 128; // after the lower four bits of each level
    static final int SCALES = 192;
    static final int SCALE = 208;

    Q6KBlocks() {
        super(DType.Q6_K);
    }

    @Override
    BlockEncoder encoder() {
        return new Q6KEncoder();
    }

    static float scale(byte[] block, int from, int group) {
        return BlockBytes.half(block, from + SCALE) * block[from + SCALES + group];
    }

    /** In each half of the block levels 64 apart share a byte. */
    @Override
    void decode(byte[] block, int from, float[] y, int at) {
        for (int group = 0; group < GROUPS; group++) {
            float scale = scale(block, from, group);
            int first = group * GROUP;
            int low = from + first / 128 * 64 + first % 64;
            int lowShift = first % 128 / 64 * 4;
            int high = from + HIGH_BITS + BlockBytes.pairsByte(first);
            int highShift = BlockBytes.pairsShift(first);
            for (int i = 0; i < GROUP; i++) {
                int level = block[low + i] >> lowShift & 15 | (block[high + i] >> highShift & 3) << 4;
                y[at + first + i] = scale * (level - HALF);
            }
        }
    }

    @Override
    void read(byte[] block, int from, LaneRun run) {
        run.putScale(BlockBytes.bits(block, from + SCALE));
        for (int group = 0; group < GROUPS; group += 4) {
            run.putFactors(group, BlockBytes.word(block, from + SCALES + group));
        }
        for (int i = 0; i < SIZE / 32; i++) {
            int low = from + i / 4 * 64 + i % 2 * 32;
            for (int word = 0; word < 8; word++) {
                int nibbles = BlockBytes.word(block, low + 4 * word) >>> i % 4 / 2 * 4 & 0x0f0f0f0f;
                run.level(word, nibbles | BlockBytes.fourPairs(block, from + HIGH_BITS, i, word) << 4);
            }
            run.pack(i);
        }
    }
}
