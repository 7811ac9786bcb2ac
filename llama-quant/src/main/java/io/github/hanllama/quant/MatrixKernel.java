package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/**
 * The inner loops of {@link PackedMatrix#multiply}: one tile of {@link PackedMatrix#TILE} rows, some k, added to sums.
 *
 * <p>For every row and token, {@code sum = fma(w[k], x[k], sum)} with k ascending; a lane is a row, so no form of the
 * kernel ever adds two lanes and all forms give the same bits.
 */
sealed interface MatrixKernel permits ScalarMatrixKernel, SimdMatrixKernel {
    /**
     * Adds for one token, weights as they are stored.
     *
     * @param weights (depth, TILE) from byte {@code at}
     * @param sums (TILE)
     */
    void addOne(DType type, MemorySegment weights, long at, int depth, float[] x, int xAt, float[] sums);

    /** Widens {@code count} f16 or bf16 weights, a multiple of TILE, into {@code panel[0..]}. */
    void widen(DType type, MemorySegment weights, long at, MemorySegment panel, int count);

    /**
     * Adds for a tile of tokens, weights in f32.
     *
     * @param weights (depth, TILE) from byte {@code at}
     * @param x (depth, TokenTiles.TILE) from {@code xAt}
     * @param sums (TokenTiles.TILE, TILE) from {@code sumsAt}
     */
    void addTile(MemorySegment weights, long at, int depth, float[] x, int xAt, float[] sums, int sumsAt);
}
