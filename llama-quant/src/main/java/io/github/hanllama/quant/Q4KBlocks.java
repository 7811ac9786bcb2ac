package io.github.hanllama.quant;

/** Q4_K and Q5_K: 8 groups of 32 levels of four or five bits, each group with a scale and an offset of six bits. */
final class Q4KBlocks extends BlockCodec {
    static final int SIZE = 256;
    static final int GROUP = 32;
    static final int GROUPS = SIZE / GROUP;

    static final int OFFSET = 2;
    static final int SCALES = 4;
    static final int AFTER_SCALES = 16;
    static final int FIFTH_BITS_BYTES = 32;

    private final int top;
    private final boolean five;

    Q4KBlocks(DType type, int bits) {
        super(type);
        this.top = (1 << bits) - 1;
        this.five = bits == 5;
    }

    @Override
    BlockEncoder encoder() {
        return new Q4KEncoder(top, five);
    }

    /** The first four of each have a byte of their own, whose upper two bits are those of the other four. */
    private static int scaleLevel(byte[] block, int from, int group) {
        int at = from + SCALES + group % 4;
        return group < 4 ? block[at] & 63 : block[at + 8] & 15 | (block[at] >> 6 & 3) << 4;
    }

    private static int offsetLevel(byte[] block, int from, int group) {
        int at = from + SCALES + group % 4;
        return group < 4 ? block[at + 4] & 63 : block[at + 8] >> 4 & 15 | (block[at + 4] >> 6 & 3) << 4;
    }

    static float scale(byte[] block, int from, int group) {
        return BlockBytes.half(block, from) * scaleLevel(block, from, group);
    }

    static float offset(byte[] block, int from, int group) {
        return BlockBytes.half(block, from + OFFSET) * offsetLevel(block, from, group);
    }

    /** Two groups share 32 bytes; fifth bits come first, bit by bit the groups of each of 32 places. */
    @Override
    void decode(byte[] block, int from, float[] y, int at) {
        int fifths = from + AFTER_SCALES;
        int nibbles = fifths + (five ? FIFTH_BITS_BYTES : 0);
        for (int group = 0; group < GROUPS; group++) {
            float scale = scale(block, from, group);
            float offset = offset(block, from, group);
            int shift = group % 2 * 4;
            for (int i = 0; i < GROUP; i++) {
                int level = block[nibbles + group / 2 * GROUP + i] >> shift & 15;
                int fifth = five ? (block[fifths + i] >> group & 1) << 4 : 0;
                y[at + group * GROUP + i] = scale * (level | fifth) - offset;
            }
        }
    }

    @Override
    void read(BlockPair blocks, int count, LaneRun run) {
        for (int unit = 0; unit < count; unit++) {
            read(blocks, unit * type().blockBytes(), unit, run);
        }
    }

    private void read(BlockPair blocks, int at, int unit, LaneRun run) {
        run.putScale(unit, blocks.halves(at));
        run.putNegatedOffset(unit, blocks.halves(at + OFFSET));
        putFactors(blocks, at, unit, run);
        if (five) {
            putFives(blocks, at, unit, run);
        } else {
            putFours(blocks, at + AFTER_SCALES, unit, run);
        }
    }

    private static void putFours(BlockPair blocks, int nibbles, int unit, LaneRun run) {
        long low = 0x0f * BlockPair.BYTES;
        for (int group = 0; group < GROUPS; group += 2) {
            for (int word = 0; word < 4; word++) {
                int at = nibbles + group / 2 * GROUP + 4 * word;
                long first = blocks.words(at);
                long later = blocks.words(at + GROUP / 2);
                run.putWord(unit, group, word, first & low | (later & low) << 4);
                run.putWord(unit, group + 1, word, first >>> 4 & low | later & ~low);
            }
        }
    }

    private static void putFives(BlockPair blocks, int at, int unit, LaneRun run) {
        for (int group = 0; group < GROUPS; group++) {
            for (int word = 0; word < 8; word++) {
                int nibbles = at + AFTER_SCALES + FIFTH_BITS_BYTES + group / 2 * GROUP + 4 * word;
                long fifth = blocks.words(at + AFTER_SCALES + 4 * word) >>> group & BlockPair.BYTES;
                run.level(word, blocks.words(nibbles) >>> group % 2 * 4 & 0x0f * BlockPair.BYTES | fifth << 4);
            }
            run.pack(unit, group);
        }
    }

    private static void putFactors(BlockPair blocks, int at, int unit, LaneRun run) {
        long scales = blocks.words(at + SCALES);
        long offsets = blocks.words(at + SCALES + 4);
        long low = blocks.words(at + SCALES + 8);
        run.putFactors(unit, 0, scales & 0x3f * BlockPair.BYTES, offsets & 0x3f * BlockPair.BYTES);
        run.putFactors(
                unit,
                4,
                low & 0x0f * BlockPair.BYTES | (scales >>> 6 & 0x03 * BlockPair.BYTES) << 4,
                low >>> 4 & 0x0f * BlockPair.BYTES | (offsets >>> 6 & 0x03 * BlockPair.BYTES) << 4);
    }
}
