package io.github.hanllama.quant;

/** Q4_0 and Q5_0: 32 levels around a middle that stands for zero, and their scale. */
final class SymmetricBlocks extends BlockCodec {
    static final int SIZE = 32;
    static final int AFTER_SCALE = 2;
    static final int FIFTH_BITS_BYTES = 4;

    private final int middle;
    private final boolean five;

    SymmetricBlocks(DType type, int bits) {
        super(type);
        this.middle = 1 << (bits - 1);
        this.five = bits == 5;
    }

    @Override
    BlockEncoder encoder() {
        return new SymmetricEncoder(middle, five);
    }

    @Override
    void decode(byte[] block, int from, float[] y, int at) {
        float scale = BlockBytes.half(block, from);
        int fifths = five ? BlockBytes.fifthBits(block, from + AFTER_SCALE) : 0;
        int nibbles = from + AFTER_SCALE + (five ? FIFTH_BITS_BYTES : 0);
        for (int i = 0; i < SIZE / 2; i++) {
            int low = block[nibbles + i] & 15 | (fifths >> i & 1) << 4;
            int high = block[nibbles + i] >> 4 & 15 | (fifths >> (i + 16) & 1) << 4;
            y[at + i] = (low - middle) * scale;
            y[at + SIZE / 2 + i] = (high - middle) * scale;
        }
    }

    @Override
    void read(BlockPair blocks, int count, LaneRun run) {
        if (!five) {
            WordMover.q4_0(blocks, count, run);
            return;
        }
        for (int unit = 0; unit < count; unit++) {
            int at = unit * type().blockBytes();
            run.putScale(unit, blocks.halves(at));
            run.putNibbles(unit, blocks, at + AFTER_SCALE + FIFTH_BITS_BYTES, blocks.words(at + AFTER_SCALE));
        }
    }
}
