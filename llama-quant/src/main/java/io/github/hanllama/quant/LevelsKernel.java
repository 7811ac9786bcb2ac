package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/**
 * Tiles of levels, a byte each, (depth, 32), folded as an {@link AttentionKernel} folds their values, {@code level * scale}, and
 * to the same bits. Either every lane has a scale or every row.
 */
sealed interface LevelsKernel permits ScalarLevelsKernel, SimdLevelsKernel {
    int ROW = AttentionKernel.ROW;

    /** {@code sums[lane] = fma(levels[k][lane] * scales[lane], x[k], sums[lane])}, k ascending to {@code depth}. */
    void foldOneByLanes(
            MemorySegment levels,
            long at,
            int depth,
            float[] scales,
            int scalesAt,
            float[] x,
            int xAt,
            float[] sums,
            int sumsAt);

    /** {@code sums[lane] = fma(levels[k][lane] * scales[k], x[k], sums[lane])}, k ascending to {@code depth}. */
    void foldOneByRows(
            MemorySegment levels,
            long at,
            int depth,
            float[] scales,
            int scalesAt,
            float[] x,
            int xAt,
            float[] sums,
            int sumsAt);

    /** As {@link #foldOneByLanes} for four queries, whose x and sums are so far apart. */
    void foldFourByLanes(
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

    /** As {@link #foldOneByRows} for four queries, whose x and sums are so far apart. */
    void foldFourByRows(
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

    /** {@code out[k][lane] = levels[k][lane] * scales[lane]}. */
    void widenByLanes(MemorySegment levels, long from, int rows, float[] scales, int scalesAt, float[] out, int at);

    /** {@code out[k][lane] = levels[k][lane] * scales[k]}. */
    void widenByRows(MemorySegment levels, long from, int rows, float[] scales, int scalesAt, float[] out, int at);
}
