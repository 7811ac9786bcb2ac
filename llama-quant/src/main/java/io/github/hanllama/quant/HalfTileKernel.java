package io.github.hanllama.quant;

import static io.github.hanllama.quant.AttentionKernel.EIGHT;
import static io.github.hanllama.quant.AttentionKernel.FOUR;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Tiles of f16 numbers, folded as an {@link AttentionKernel} folds their values and to the same bits. A row is 16 words: lane
 * {@code i} is in the lower half of word {@code i}, lane {@code 16 + i} in the upper one, so that vectors of words become two of
 * numbers and no lane has to move.
 */
sealed interface HalfTileKernel permits ScalarHalfTileKernel, SimdHalfTileKernel, SimdLowTileKernel {
    int ROW = AttentionKernel.ROW;

    /** Lanes from that of one half of a word to that of the other. */
    int APART = ROW / 2;

    /** Where a number is among those of a tile, by its index, {@code row * 32 + lane}. */
    static int slot(int index) {
        int lane = index % ROW;
        return index - lane + 2 * (lane % APART) + lane / APART;
    }

    /** {@code sums[lane] = fma(tile[k][lane], x[k], sums[lane])}, k ascending to {@code depth}. */
    void foldOne(MemorySegment tile, long at, int depth, float[] x, int xAt, float[] sums, int sumsAt);

    /** The same for four queries, whose x and sums are so far apart. */
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

    /** The same for eight, of sums that start at 0. */
    default void startEight(
            MemorySegment tile,
            long at,
            int depth,
            float[] x,
            int xAt,
            int xStep,
            float[] sums,
            int sumsAt,
            int sumsStep) {
        for (int query = 0; query < EIGHT; query++) {
            Arrays.fill(sums, sumsAt + query * sumsStep, sumsAt + query * sumsStep + ROW, 0);
        }
        foldFour(tile, at, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        foldFour(tile, at, depth, x, xAt + FOUR * xStep, xStep, sums, sumsAt + FOUR * sumsStep, sumsStep);
    }

    /** {@code out[k][lane] = tile[k][lane]}. */
    void widen(MemorySegment tile, long from, int rows, float[] out, int at);
}
