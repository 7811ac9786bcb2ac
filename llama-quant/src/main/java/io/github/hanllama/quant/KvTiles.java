package io.github.hanllama.quant;

import static io.github.hanllama.quant.AttentionKernel.EIGHT;
import static io.github.hanllama.quant.AttentionKernel.FOUR;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * How a {@link KvLayer} stores its tiles, each up to 32 dimensions of 32 positions of one head as (rows, 32) numbers in
 * the order of a {@link KvSide}. Stateless.
 */
abstract sealed class KvTiles permits F32KvTiles, F16KvTiles, Q8_0KvTiles {
    private final DType type;

    KvTiles(DType type) {
        this.type = type;
    }

    /** @throws IllegalArgumentException when keys and values are not kept in that type */
    static KvTiles of(DType type) {
        return switch (type) {
            case F32 -> new F32KvTiles();
            case F16 -> new F16KvTiles();
            case Q8_0 -> new Q8_0KvTiles();
            default ->
                throw new IllegalArgumentException("keys and values are kept in F32, F16 or Q8_0, not in " + type);
        };
    }

    DType type() {
        return type;
    }

    /** Bytes of a tile. */
    abstract long bytes(int rows);

    /** Stores dimensions 0 to {@code count} of a position, rounded to the type. */
    abstract void put(KvSide side, int position, float[] source, int at, int count, MemorySegment memory, long tile);

    /** Reads them. */
    abstract void get(KvSide side, int position, MemorySegment memory, long tile, float[] target, int at, int count);

    /** Whether the tiles of a strip, which lie one after the other in a run, are one long tile. */
    abstract boolean joined();

    /** Up to how many queries fold tiles as they are stored; for more a tile is widened once, so that all meet f32. */
    abstract int mostInPlace();

    /** Reads what a tile has besides its numbers, before it is folded or widened. */
    void open(MemorySegment memory, long tile, KvPanel panel, int strip) {}

    /**
     * Folds rows of a tile that was {@link KvPanel#placeIn placed}, as {@link AttentionKernel} does.
     *
     * @param row the first; 0 where they reach into the next tile, as those of keys do
     */
    abstract void foldOne(KvPanel panel, int tile, int row, int depth, float[] x, int xAt, float[] sums, int sumsAt);

    /** The same for four queries from the first row on. */
    abstract void foldFour(
            KvPanel panel, int tile, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep);

    /** The same for eight, of sums that start at 0. */
    void startEight(
            KvPanel panel, int tile, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        for (int query = 0; query < EIGHT; query++) {
            Arrays.fill(sums, sumsAt + query * sumsStep, sumsAt + query * sumsStep + KvLayer.BLOCK, 0);
        }
        foldFour(panel, tile, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        foldFour(panel, tile, depth, x, xAt + FOUR * xStep, xStep, sums, sumsAt + FOUR * sumsStep, sumsStep);
    }

    /** Widens rows of a tile to f32, exactly, into {@link KvPanel#widened}. */
    abstract void widen(KvSide side, MemorySegment memory, long tile, int rows, KvPanel panel, int strip);
}
