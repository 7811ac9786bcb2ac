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

    /** Widens {@code count} f16 or bf16 weights, a multiple of TILE, into {@code panel[0..]}. */
    void widen(DType type, MemorySegment weights, long at, MemorySegment panel, int count);

    /**
     * Folds for a tile of tokens, weights in f32. The caller adds the parts to its sums: one more operation here and C2
     * would give up on the method.
     *
     * @param weights (depth, TILE) from byte {@code at}
     * @param x (depth, TokenTiles.TILE) from {@code xAt}
     * @param parts (TokenTiles.TILE, TILE), overwritten
     */
    void foldTile(MemorySegment weights, long at, int depth, float[] x, int xAt, float[] parts);
}
