package io.github.hanllama.quant;

/**
 * The inner loops of a {@link BlockMatrix}. A lane is a row, so no form of the kernel adds two lanes and all forms give
 * the same bits.
 */
sealed interface BlockKernel permits ScalarBlockKernel, SimdBlockKernel {
    /** Rows of the two strips that products take at a time. */
    int PAIR = 2 * BlockLayout.ROWS;

    /**
     * Dequantizes 32 columns of a strip.
     *
     * @param panel (32, {@link PackedMatrix#STRIP}) from {@code at} on, of which this fills the first 16 rows
     */
    void widen(BlockStrip strip, int block, float[] panel, int at);

    /** Adds one token's product with a strip of bytes as {@link PackedMatrix#multiply} has it in f32. */
    void addBytes(BlockStrip strip, float[] x, float[] sums, int sumsAt);

    /**
     * Adds one token's product with two strips of a matrix, side by side: where a page of memory begins, reading waits for it,
     * and so it waits for two at the same time.
     *
     * <p>For every group of columns, ascending: {@code sum = fma(dot, scale * xScale, sum)}, where dot is the exact integer
     * product of the levels; with offsets then {@code sum = fma(offset, xScale * levels, sum)}, of the sum of the token's
     * levels in that group.
     *
     * @param sums ({@link #PAIR}) from {@code sumsAt}
     */
    void addOne(BlockStrip first, BlockStrip second, QuantizedTokens x, float[] sums, int sumsAt);

    /**
     * The same for all tokens.
     *
     * @param sums (tokens rounded up to whole tiles, {@link #PAIR})
     */
    void addMany(BlockStrip first, BlockStrip second, QuantizedTokens x, float[] sums);

    /**
     * The same for many tokens with a tile of rows, where levels have four bits.
     *
     * @param strips of the tile
     * @param x two tokens or more, {@link QuantizedTokens#many}
     * @param sums (tokens rounded up to whole tiles, {@link PackedMatrix#TILE})
     */
    void addTile(BlockStrip[] strips, QuantizedTokens x, float[] sums);

    /** Rounds 32 numbers as {@link QuantizedTokens} says; returns their scale. */
    float quantize(float[] x, int at, int[] levels);
}
