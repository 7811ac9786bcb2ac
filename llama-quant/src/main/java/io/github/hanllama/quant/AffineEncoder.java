package io.github.hanllama.quant;

/** Makes blocks of Q4_1 and Q5_1: levels from the smallest value to the largest, or what a search by importance finds. */
final class AffineEncoder extends BlockEncoder {
    private final int top;
    private final boolean five;
    private final AffineSearch search;
    private final int[] levels = new int[AffineBlocks.SIZE];
    private final float[] weights = new float[AffineBlocks.SIZE];
    private final float[] scale = new float[1];
    private final float[] offset = new float[1];

    AffineEncoder(int top, boolean five) {
        this.top = top;
        this.five = five;
        this.search = new ScalarAffineSearch(AffineSearch.Tries.weighted(AffineBlocks.SIZE, top));
    }

    @Override
    void encode(float[] x, int at, byte[] block, int to) {
        float min = Float.MAX_VALUE;
        float max = -Float.MAX_VALUE;
        for (int i = at; i < at + AffineBlocks.SIZE; i++) {
            min = x[i] < min ? x[i] : min;
            max = x[i] > max ? x[i] : max;
        }
        float step = (max - min) / top;
        float inverse = step == 0 ? 0 : 1 / step;
        for (int i = 0; i < AffineBlocks.SIZE; i++) {
            levels[i] = Math.min(top, (int) ((x[at + i] - min) * inverse + 0.5f));
        }
        put(step, min, block, to);
    }

    @Override
    void encode(float[] x, int at, WeightedRow row, int column, byte[] block, int to) {
        row.weigh(x, at, column, row.meanSquare(), weights);
        search.search(x, at, weights, levels, scale, offset);
        put(scale[0], -offset[0], block, to);
    }

    private void put(float step, float min, byte[] block, int to) {
        BlockBytes.putHalf(block, to, step);
        BlockBytes.putHalf(block, to + AffineBlocks.MINIMUM, min);
        int nibbles = to + AffineBlocks.AFTER_MINIMUM;
        if (five) {
            BlockBytes.putFifthBits(levels, block, nibbles);
            nibbles += AffineBlocks.FIFTH_BITS_BYTES;
        }
        BlockBytes.putNibbles(levels, block, nibbles);
    }
}
