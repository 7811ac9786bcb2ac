package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/**
 * The tiles of one head and block in f32: where the cache has them, when that is what it keeps, else widened to an array
 * small enough for the first-level cache. One instance per thread.
 */
final class KvPanel {
    static final int TILE = KvLayer.BLOCK * KvLayer.BLOCK;

    /** Tiles that were widened, one after the other. */
    final float[] widened;
    /** One tile on its way. */
    final short[] halves = new short[TILE];

    final float[] scales = new float[KvLayer.BLOCK];

    private boolean inPlace;
    private MemorySegment block = MemorySegment.NULL;
    private long from;

    KvPanel(int tiles) {
        this.widened = new float[tiles * TILE];
    }

    /** The tiles are those of a block, from that byte on. */
    void inPlace(MemorySegment block, long from) {
        this.inPlace = true;
        this.block = block;
        this.from = from;
    }

    /** The tiles are those in {@link #widened}. */
    void widened() {
        inPlace = false;
    }

    void foldOne(int tile, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        AttentionKernel kernel = Kernels.attention();
        if (inPlace) {
            kernel.foldOne(block, address(tile), depth, x, xAt, sums, sumsAt);
        } else {
            kernel.foldOne(widened, tile * TILE, depth, x, xAt, sums, sumsAt);
        }
    }

    void foldFour(int tile, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        AttentionKernel kernel = Kernels.attention();
        if (inPlace) {
            kernel.foldFour(block, address(tile), depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        } else {
            kernel.foldFour(widened, tile * TILE, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        }
    }

    private long address(int tile) {
        return from + (long) Float.BYTES * TILE * tile;
    }
}
