package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/**
 * The inner loops of {@link PackedMatrix#multiply}: one tile of {@link PackedMatrix#TILE} rows and one block of k.
 *
 * <p>For every row and token, {@code part = fma(w[k], x[k], part)} with k ascending from a part of 0. A lane is a row, so no
 * form of the kernel ever adds two lanes and all forms give the same bits.
 */
sealed interface MatrixKernel permits ScalarMatrixKernel, SimdMatrixKernel {
    /**
     * Folds for one token, weights as they are stored, and adds the parts to the sums.
     *
     * @param weights (depth, TILE) from byte {@code at}
     * @param sums (TILE)
     */
    void addOne(DType type, MemorySegment weights, long at, int depth, float[] x, int xAt, float[] sums);

    /**
     * Folds for a tile of tokens. The caller adds the parts to its sums: a few more operations here and C2 would give up on
     * the method.
     *
     * @param panel (depth, TILE), weights widened by {@link StoredFloats#read}
     * @param x (depth, TokenTiles.TILE) from {@code xAt}
     * @param parts (TokenTiles.TILE, TILE), overwritten
     */
    void foldPanel(float[] panel, int depth, float[] x, int xAt, float[] parts);

    /**
     * The same for f32 weights where they are, used too few times to be worth a panel.
     *
     * @param weights (depth, TILE) from byte {@code at}
     */
    void foldTile(MemorySegment weights, long at, int depth, float[] x, int xAt, float[] parts);
}
