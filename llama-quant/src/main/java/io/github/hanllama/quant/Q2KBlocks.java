package io.github.hanllama.quant;

/** Q2_K: 16 groups of 16 two-bit levels, each group with a scale and an offset of four bits. */
final class Q2KBlocks extends BlockCodec {
    static final int SIZE = 256;
    static final int GROUP = 16;
    static final int GROUPS = SIZE / GROUP;

    static final int LEVELS = 16; // after the groups' scales
    static final int SCALE = 80;
    static final int OFFSET = 82;

    Q2KBlocks() {
        super(DType.Q2_K);
    }

    @Override
    BlockEncoder encoder() {
        return new Q2KEncoder();
    }

    static float scale(byte[] block, int from, int group) {
        return BlockBytes.half(block, from + SCALE) * (block[from + group] & 15);
    }

    static float offset(byte[] block, int from, int group) {
        return BlockBytes.half(block, from + OFFSET) * (block[from + group] >> 4 & 15);
    }

    @Override
    void decode(byte[] block, int from, float[] y, int at) {
        for (int group = 0; group < GROUPS; group++) {
            float scale = scale(block, from, group);
            float offset = offset(block, from, group);
            int bits = from + LEVELS + BlockBytes.pairsByte(group * GROUP);
            int shift = BlockBytes.pairsShift(group * GROUP);
            for (int i = 0; i < GROUP; i++) {
                y[at + group * GROUP + i] = scale * (block[bits + i] >> shift & 3) - offset;
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
        run.putNegatedOffset(unit, blocks.halves(at + OFFSET));
        for (int group = 0; group < GROUPS; group += 4) {
            run.putFactors(unit, group, blocks.words(at + group));
        }
        for (int i = 0; i < SIZE / 32; i++) {
            for (int word = 0; word < 8; word++) {
                run.level(word, blocks.fourPairs(at + LEVELS, i, word));
            }
            run.pack(unit, i);
        }
    }
}
