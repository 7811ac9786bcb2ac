package io.github.hanllama.quant;

/** Q4_1 and Q5_1: 32 levels from the smallest value to the largest, their scale and the smallest value. */
final class AffineBlocks extends BlockCodec {
    static final int SIZE = 32;
    static final int MINIMUM = 2;
    static final int AFTER_MINIMUM = 4;
    static final int FIFTH_BITS_BYTES = 4;

    private final int top;
    private final boolean five;

    AffineBlocks(DType type, int bits) {
        super(type);
        this.top = (1 << bits) - 1;
        this.five = bits == 5;
    }

    @Override
    BlockEncoder encoder() {
        return new AffineEncoder(top, five);
    }

    @Override
    void decode(byte[] block, int from, float[] y, int at) {
        float scale = BlockBytes.half(block, from);
        float min = BlockBytes.half(block, from + MINIMUM);
        int fifths = five ? BlockBytes.fifthBits(block, from + AFTER_MINIMUM) : 0;
        int nibbles = from + AFTER_MINIMUM + (five ? FIFTH_BITS_BYTES : 0);
        for (int i = 0; i < SIZE / 2; i++) {
            int low = block[nibbles + i] & 15 | (fifths >> i & 1) << 4;
            int high = block[nibbles + i] >> 4 & 15 | (fifths >> (i + 16) & 1) << 4;
            y[at + i] = low * scale + min;
            y[at + SIZE / 2 + i] = high * scale + min;
        }
    }

    @Override
    void read(BlockPair blocks, int count, LaneRun run) {
        if (!five) {
            WordMover.q4_1(blocks, count, run);
            return;
        }
        for (int unit = 0; unit < count; unit++) {
            int at = unit * type().blockBytes();
            run.putScale(unit, blocks.halves(at));
            run.putOffset(unit, blocks.halves(at + MINIMUM));
            run.putNibbles(unit, blocks, at + AFTER_MINIMUM + FIFTH_BITS_BYTES, blocks.words(at + AFTER_MINIMUM));
        }
    }
}
