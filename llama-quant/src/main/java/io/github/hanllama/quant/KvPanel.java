package io.github.hanllama.quant;

import static io.github.hanllama.quant.AttentionKernel.EIGHT;
import static io.github.hanllama.quant.AttentionKernel.FOUR;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The tiles of one head in f32: where the cache has them, when that is what it keeps, else widened to an array small enough
 * for the first-level cache. One instance per thread.
 */
final class KvPanel {
    static final int TILE = KvLayer.BLOCK * KvLayer.BLOCK;

    /** Tiles that were widened, one after the other. */
    final float[] widened;
    /** One tile on its way. */
    final short[] halves = new short[TILE];

    final float[] scales = new float[KvLayer.BLOCK];

    private boolean inPlace;
    private MemorySegment memory = MemorySegment.NULL;
    private long from;
    private long step; // from one tile to the next

    KvPanel(int tiles) {
        this.widened = new float[tiles * TILE];
    }

    /** The tiles are in a cache's memory, so many bytes apart. */
    void placeIn(MemorySegment memory, long from, long step) {
        this.inPlace = true;
        this.memory = memory;
        this.from = from;
        this.step = step;
    }

    /** The tiles are those in {@link #widened}. */
    void placeWidened() {
        inPlace = false;
    }

    /** Folds rows of a tile, as {@link AttentionKernel} does, for {@code count} queries whose sums start at 0. */
    void start(int tile, int depth, int count, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        for (int query = 0; query < count; query += EIGHT) {
            int left = Math.min(EIGHT, count - query);
            int xFrom = xAt + query * xStep;
            int to = sumsAt + query * sumsStep;
            if (left > FOUR) {
                startEight(tile, depth, x, xFrom, xStep, sums, to, sumsStep);
            } else {
                for (int i = 0; i < left; i++) {
                    Arrays.fill(sums, to + i * sumsStep, to + i * sumsStep + KvLayer.BLOCK, 0);
                }
                fold(tile, depth, left, x, xFrom, xStep, sums, to, sumsStep);
            }
        }
    }

    /** The same with the sums as they are. Sums of queries up to the next four are computed too and never looked at. */
    void fold(int tile, int depth, int count, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        if (count == 1) {
            foldOne(tile, 0, depth, x, xAt, sums, sumsAt);
            return;
        }
        for (int query = 0; query < count; query += FOUR) {
            foldFour(tile, depth, x, xAt + query * xStep, xStep, sums, sumsAt + query * sumsStep, sumsStep);
        }
    }

    /** The rows of a tile from {@code row} on for one query. */
    void foldOne(int tile, int row, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        AttentionKernel kernel = Kernels.attention();
        if (inPlace) {
            kernel.foldOne(
                    memory, address(tile) + (long) Float.BYTES * KvLayer.BLOCK * row, depth, x, xAt, sums, sumsAt);
        } else {
            kernel.foldOne(widened, tile * TILE + KvLayer.BLOCK * row, depth, x, xAt, sums, sumsAt);
        }
    }

    private void foldFour(int tile, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        AttentionKernel kernel = Kernels.attention();
        if (inPlace) {
            kernel.foldFour(memory, address(tile), depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        } else {
            kernel.foldFour(widened, tile * TILE, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        }
    }

    private void startEight(
            int tile, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        AttentionKernel kernel = Kernels.attention();
        if (inPlace) {
            kernel.startEight(memory, address(tile), depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        } else {
            kernel.startEight(widened, tile * TILE, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        }
    }

    private long address(int tile) {
        return from + step * tile;
    }
}
