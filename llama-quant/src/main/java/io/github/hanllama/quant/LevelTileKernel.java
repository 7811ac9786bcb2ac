package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/**
 * Tiles of levels, a byte each, (depth, 32), folded as an {@link AttentionKernel} folds their values, {@code level * scale}, and
 * to the same bits. A scale belongs to a position, so to a lane of keys and to a row of values.
 */
sealed interface LevelTileKernel permits ScalarLevelTileKernel, SimdLevelTileKernel {
    int ROW = AttentionKernel.ROW;

    /**
     * {@code sums[lane] = fma(levels[k][lane] * scale, x[k], sums[lane])}, k ascending to {@code depth}, the scale being {@code
     * scales[lane]} of keys and {@code scales[k]} of values.
     */
    void foldOne(
            KvSide side,
            MemorySegment levels,
            long at,
            int depth,
            float[] scales,
            int scalesAt,
            float[] x,
            int xAt,
            float[] sums,
            int sumsAt);

    /** The same for four queries, whose x and sums are so far apart. */
    void foldFour(
            KvSide side,
            MemorySegment levels,
            long at,
            int depth,
            float[] scales,
            int scalesAt,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep);

    /** {@code out[k][lane] = levels[k][lane] * scale}. */
    void widen(
            KvSide side, MemorySegment levels, long from, int rows, float[] scales, int scalesAt, float[] out, int at);
}
