package io.github.hanllama.quant;

/** Q4_0 and Q5_0: 32 levels around a middle that stands for zero, and their scale; the extreme value is the lowest level. */
final class SymmetricBlocks extends BlockCodec {
    private static final int SIZE = 32;
    private static final int AFTER_SCALE = 2;
    private static final int FIFTH_BITS = 4;

    private final int middle;
    private final boolean five;

    SymmetricBlocks(DType type, int bits) {
        super(type);
        this.middle = 1 << (bits - 1);
        this.five = bits == 5;
    }

    @Override
    void encode(float[] x, int at, byte[] block, int to) {
        float scale = BlockBytes.extreme(x, at, SIZE) / -middle;
        float inverse = scale == 0 ? 0 : 1 / scale;
        int[] levels = new int[SIZE];
        for (int i = 0; i < SIZE; i++) {
            levels[i] = Math.min(2 * middle - 1, (int) (x[at + i] * inverse + (middle + 0.5f)));
        }
        BlockBytes.putHalf(block, to, scale);
        if (five) {
            BlockBytes.putFifthBits(levels, block, to + AFTER_SCALE);
        }
        BlockBytes.putNibbles(levels, block, to + AFTER_SCALE + (five ? FIFTH_BITS : 0));
    }

    @Override
    void decode(byte[] block, int from, float[] y, int at) {
        float scale = BlockBytes.half(block, from);
        int[] levels = new int[SIZE];
        BlockBytes.nibbles(block, from + AFTER_SCALE + (five ? FIFTH_BITS : 0), levels);
        if (five) {
            BlockBytes.addFifthBits(block, from + AFTER_SCALE, levels);
        }
        for (int i = 0; i < SIZE; i++) {
            y[at + i] = (levels[i] - middle) * scale;
        }
    }
}
