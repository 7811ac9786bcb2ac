package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/**
 * The inner loops of {@link PackedMatrix#multiply}, over the two strips of a tile.
 *
 * <p>For every row and token, {@code part = fma(w[k], x[k], part)} with k ascending from a part of 0. A lane is a row, so no
 * form of the kernel ever adds two lanes and all forms give the same bits.
 */
sealed interface MatrixKernel permits ScalarMatrixKernel, SimdMatrixKernel {
    /**
     * Multiplies by one token, weights as they are stored: adds to the sums every part of {@link PackedMatrix#DEPTH} columns,
     * ascending. Both strips may be read at the same time: where a page of memory begins, reading waits, and so it waits
     * for two at once.
     *
     * @param weights (columns, STRIP) from byte {@code at}, and again {@code apart} bytes later
     * @param sums (TILE)
     */
    void addOne(DType type, MemorySegment weights, long at, long apart, float[] x, int columns, float[] sums);

    /**
     * Multiplies columns by the first tile of many tokens, as {@link #addPart} would, weights as they are stored, and leaves them in a
     * panel for the others.
     *
     * @param weights (depth, STRIP) from byte {@code at}, and again {@code apart} bytes later
     * @param depth at most {@link PackedMatrix#DEPTH}
     * @param panel a {@link WeightPanel}, of which this writes {@code depth} columns from {@code column} on
     * @param x (depth, TokenTiles.TILE) from {@code xAt}
     * @param sums (TokenTiles.TILE, TILE)
     */
    void addFirst(
            DType type,
            MemorySegment weights,
            long at,
            long apart,
            int depth,
            float[] panel,
            int column,
            float[] x,
            int xAt,
            float[] sums);

    /**
     * Folds for a tile of tokens and adds the parts to the sums.
     *
     * @param panel a {@link WeightPanel}, of which this reads {@code depth} columns from {@code column} on
     * @param x (depth, TokenTiles.TILE) from {@code xAt}
     * @param sums (TokenTiles.TILE, TILE) from {@code sumsAt}
     */
    void addPart(float[] panel, int column, int depth, float[] x, int xAt, float[] sums, int sumsAt);

    /**
     * Folds for one token and adds the parts to the sums.
     *
     * @param panel a {@link WeightPanel}
     * @param x (depth) from {@code xAt}
     * @param sums (TILE)
     */
    void addRow(float[] panel, int depth, float[] x, int xAt, float[] sums);
}
