package io.github.hanllama.quant;

/** Makes blocks of Q4_0 and Q5_0: the extreme value is the lowest level, or by importance a search says which is. */
final class SymmetricEncoder extends BlockEncoder {
    private final int middle;
    private final boolean five;
    private final SymmetricSearch search;
    private final int[] levels = new int[SymmetricBlocks.SIZE];
    private final float[] weights = new float[SymmetricBlocks.SIZE];
    private final float[] scale = new float[1];

    SymmetricEncoder(int middle, boolean five) {
        this.middle = middle;
        this.five = five;
        this.search = new ScalarSymmetricSearch(SymmetricBlocks.SIZE, middle);
    }

    @Override
    void encode(float[] x, int at, byte[] block, int to) {
        scale[0] = BlockBytes.extreme(x, at, SymmetricBlocks.SIZE) / -middle;
        float inverse = scale[0] == 0 ? 0 : 1 / scale[0];
        float rounding = middle + 0.5f;
        int top = 2 * middle - 1;
        for (int i = 0; i < SymmetricBlocks.SIZE; i++) {
            levels[i] = Math.min(top, (int) (x[at + i] * inverse + rounding));
        }
        put(block, to);
    }

    @Override
    void encode(float[] x, int at, WeightedRow row, int column, byte[] block, int to) {
        row.weigh(x, at, column, row.meanSquare(), weights);
        search.search(x, at, weights, levels, scale);
        put(block, to);
    }

    private void put(byte[] block, int to) {
        BlockBytes.putHalf(block, to, scale[0]);
        int nibbles = to + SymmetricBlocks.AFTER_SCALE;
        if (five) {
            BlockBytes.putFifthBits(levels, block, nibbles);
            nibbles += SymmetricBlocks.FIFTH_BITS_BYTES;
        }
        BlockBytes.putNibbles(levels, block, nibbles);
    }
}
