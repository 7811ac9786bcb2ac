package io.github.hanllama.quant;

import static io.github.hanllama.quant.AttentionKernel.EIGHT;
import static io.github.hanllama.quant.AttentionKernel.FOUR;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The tiles of one head that queries are about to meet: as a cache stores them, or widened to an array small enough for the
 * first-level cache. One instance per thread.
 */
final class KvPanel {
    static final int TILE = KvLayer.BLOCK * KvLayer.BLOCK;

    /** Tiles that were widened, one after the other. */
    final float[] widened;
    /** What the rows or lanes of stored tiles are multiplied by, 32 for each tile. */
    final float[] scales;
    /** Those on their way. */
    final short[] halves;

    private boolean inPlace;
    private KvTiles tiles = KvTiles.of(DType.F32);
    private KvSide side = KvSide.KEYS;
    private MemorySegment memory = MemorySegment.NULL;
    private long from;
    private long step; // from one tile to the next

    KvPanel(int tiles) {
        this.widened = new float[tiles * TILE];
        this.scales = new float[tiles * KvLayer.BLOCK];
        this.halves = new short[tiles * KvLayer.BLOCK];
    }

    /** The tiles are in a cache's memory, so many bytes apart. */
    void placeIn(KvTiles tiles, KvSide side, MemorySegment memory, long from, long step) {
        this.inPlace = true;
        this.tiles = tiles;
        this.side = side;
        this.memory = memory;
        this.from = from;
        this.step = step;
    }

    /** The tiles are those in {@link #widened}. */
    void placeWidened() {
        inPlace = false;
    }

    KvSide side() {
        return side;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Where a tile that was placed in a cache's memory starts. */
    long address(int tile) {
        return from + step * tile;
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
        if (inPlace) {
            tiles.foldOne(this, tile, row, depth, x, xAt, sums, sumsAt);
        } else {
            int at = tile * TILE + KvLayer.BLOCK * row;
            Kernels.attention().foldOne(widened, at, depth, x, xAt, sums, sumsAt);
        }
    }

    private void foldFour(int tile, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        if (inPlace) {
            tiles.foldFour(this, tile, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        } else {
            Kernels.attention().foldFour(widened, tile * TILE, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        }
    }

    private void startEight(
            int tile, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        if (inPlace) {
            tiles.startEight(this, tile, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        } else {
            Kernels.attention().startEight(widened, tile * TILE, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        }
    }
}
