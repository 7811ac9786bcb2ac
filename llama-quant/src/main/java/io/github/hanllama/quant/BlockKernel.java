package io.github.hanllama.quant;

/**
 * The inner loops of a {@link BlockMatrix}. A lane is a row, so no form of the kernel adds two lanes and all forms give
 * the same bits.
 */
sealed interface BlockKernel permits ScalarBlockKernel, SimdBlockKernel {
    /**
     * Dequantizes 32 columns of a strip that is not {@link BlockLayout#direct}.
     *
     * @param panel (32, {@link PackedMatrix#STRIP}) from {@code at} on
     */
    void widen(BlockStrip strip, int block, float[] panel, int at);

    /**
     * Dequantizes 32 columns of a strip that is {@link BlockLayout#direct}, and adds their product with the first tile of many tokens.
     *
     * @param panel (32, {@link PackedMatrix#STRIP}) from {@code at} on
     * @param x (32, TokenTiles.TILE) from {@code xAt}
     * @param sums (TokenTiles.TILE, {@link PackedMatrix#TILE}) from {@code sumsAt}, which is the first row of the strip
     */
    void addFirst(BlockStrip strip, int block, float[] panel, int at, float[] x, int xAt, float[] sums, int sumsAt);

    /** Adds one token's product with a strip that is {@link BlockLayout#direct}, as {@link PackedMatrix#multiply} has it in f32. */
    void addOne(BlockStrip strip, float[] x, float[] sums, int sumsAt);

    /**
     * Adds the product of every token with neighbouring strips.
     *
     * <p>For every group of columns, ascending: {@code sum = fma(dot, scale * xScale, sum)}, where dot is the exact integer
     * product of the levels; with offsets then {@code sum = fma(offset, xScale * levels, sum)}, of the sum of the token's
     * levels in that group.
     *
     * @param sums (strips, tokens rounded up to whole tiles, {@link BlockLayout#ROWS}) from {@code sumsAt} on; of a single token
     *     (strips, ROWS)
     */
    void add(BlockStrip first, int strips, QuantizedTokens x, float[] sums, int sumsAt);

    /**
     * The same for many tokens with a tile of rows, where levels have four bits.
     *
     * @param first strip of the tile
     * @param second the other one
     * @param x two tokens or more, {@link QuantizedTokens#many}
     * @param sums (tokens rounded up to whole tiles, {@link PackedMatrix#TILE})
     */
    void addTile(BlockStrip first, BlockStrip second, QuantizedTokens x, float[] sums);

    /** Rounds 32 numbers as {@link QuantizedTokens} says; returns their scale. */
    float quantize(float[] x, int at, int[] levels);

    /**
     * Puts 32 rounded levels in pairs as {@link QuantizedTokens#pairs} has them of a block, in the first 16 places.
     *
     * @param halves two from {@code i} on
     * @param sums likewise
     */
    void pair(int[] levels, int[] halves, int[] sums, int i);

    /**
     * Puts each of 32 rounded levels twice in its word.
     *
     * @param sums two from {@code i} on
     */
    void twice(int[] levels, int[] sums, int i);

    /** Fills in what the words of all groups are multiplied by, as {@link TokenFactors} says, and nothing else of their numbers. */
    void factors(WordFields fields, int[] pairs, int[] factors);
}
