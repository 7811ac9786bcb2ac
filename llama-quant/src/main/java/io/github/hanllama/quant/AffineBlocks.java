package io.github.hanllama.quant;

/** Q4_1 and Q5_1: 32 levels from the smallest value to the largest, their scale and the smallest value. */
final class AffineBlocks extends BlockCodec {
    private static final int SIZE = 32;
    private static final int MINIMUM = 2;
    private static final int AFTER_MINIMUM = 4;
    private static final int FIFTH_BITS = 4;

    private final int top;
    private final boolean five;

    AffineBlocks(DType type, int bits) {
        super(type);
        this.top = (1 << bits) - 1;
        this.five = bits == 5;
    }

    @Override
    void encode(float[] x, int at, byte[] block, int to) {
        float min = Float.MAX_VALUE;
        float max = -Float.MAX_VALUE;
        for (int i = at; i < at + SIZE; i++) {
            min = x[i] < min ? x[i] : min;
            max = x[i] > max ? x[i] : max;
        }
        float scale = (max - min) / top;
        float inverse = scale == 0 ? 0 : 1 / scale;
        int[] levels = new int[SIZE];
        for (int i = 0; i < SIZE; i++) {
            levels[i] = Math.min(top, (int) ((x[at + i] - min) * inverse + 0.5f));
        }
        BlockBytes.putHalf(block, to, scale);
        BlockBytes.putHalf(block, to + MINIMUM, min);
        if (five) {
            BlockBytes.putFifthBits(levels, block, to + AFTER_MINIMUM);
        }
        BlockBytes.putNibbles(levels, block, to + AFTER_MINIMUM + (five ? FIFTH_BITS : 0));
    }

    @Override
    void decode(byte[] block, int from, float[] y, int at) {
        float scale = BlockBytes.half(block, from);
        float min = BlockBytes.half(block, from + MINIMUM);
        int[] levels = new int[SIZE];
        BlockBytes.nibbles(block, from + AFTER_MINIMUM + (five ? FIFTH_BITS : 0), levels);
        if (five) {
            BlockBytes.addFifthBits(block, from + AFTER_MINIMUM, levels);
        }
        for (int i = 0; i < SIZE; i++) {
            y[at + i] = levels[i] * scale + min;
        }
    }
}
