package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/**
 * The inner loops of {@link HeadAttention}, on f32 tiles of (depth, 32) where a cache has them or in an array. A lane is a
 * sum of its own, so all forms give the same bits.
 */
sealed interface AttentionKernel permits ScalarAttentionKernel, SimdAttentionKernel {
    /** Lanes of a tile. */
    int ROW = KvLayer.BLOCK;

    /** Queries that are folded together. */
    int FOUR = 4;

    /** Most queries that are folded together. */
    int EIGHT = 8;

    /** {@code sums[lane] = fma(tile[k][lane], x[k], sums[lane])}, k ascending to {@code depth}. */
    void foldOne(float[] tile, int at, int depth, float[] x, int xAt, float[] sums, int sumsAt);

    /** As the method before it. */
    void foldOne(MemorySegment tile, long at, int depth, float[] x, int xAt, float[] sums, int sumsAt);

    /** The same for four queries, whose x and sums are so far apart. */
    void foldFour(
            float[] tile, int at, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep);

    /** As the method before it. */
    void foldFour(
            MemorySegment tile,
            long at,
            int depth,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep);

    /** The same for eight queries, of sums that start at 0. */
    void startEight(
            float[] tile, int at, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep);

    /** As the method before it. */
    void startEight(
            MemorySegment tile,
            long at,
            int depth,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep);
}
