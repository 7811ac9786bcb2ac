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
    void read(BlockPair blocks, int count, LaneRun run) {
        for (int unit = 0; unit < count; unit++) {
            read(blocks, unit * type().blockBytes(), unit, run);
        }
    }

    private static void read(BlockPair blocks, int at, int unit, LaneRun run) {
        run.putScale(unit, blocks.halves(at + SCALE));
        for (int group = 0; group < GROUPS; group += 4) {
            run.putFactors(unit, group, blocks.words(at + SCALES + group));
        }
        for (int i = 0; i < SIZE / 32; i++) {
            int low = at + i / 4 * 64 + i % 2 * 32;
            int high = at + HIGH_BITS + i / 4 * 32;
            for (int half = 0; half < 2; half++) {
                int from = half * 16;
                run.packHalfOfSix(
                        unit,
                        i,
                        half,
                        levels(blocks, low + from, high + from, i),
                        levels(blocks, low + from + 4, high + from + 4, i),
                        levels(blocks, low + from + 8, high + from + 8, i),
                        levels(blocks, low + from + 12, high + from + 12, i));
            }
        }
    }

    private static long levels(BlockPair blocks, int low, int high, int run) {
        long nibbles = blocks.words(low) >>> run % 4 / 2 * 4 & 0x0f * BlockPair.BYTES;
        return nibbles | (blocks.words(high) >>> run % 4 * 2 & 0x03 * BlockPair.BYTES) << 4;
    }
}
