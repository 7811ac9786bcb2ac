package io.github.hanllama.quant;

import java.util.Objects;

/**
 * A low-rank matrix {@code scale * (b · a)} to be added to the rows of another: the arithmetic of a LoRA merge.
 *
 * <pre>{@code
 * LowRankUpdate update = LowRankUpdate.of(b, a, rank, scale); // (rows, rank), (rank, columns)
 * update.addTo(tile, firstRow, rows); // (rows, columns) of the base in, the merged rows out
 * }</pre>
 *
 * <p>Every element is defined to the bit: {@code sum} over k ascending from 0 with {@link Math#fma} in f32, times
 * {@code scale} rounded to f32, plus the base rounded to f32. Immutable as long as the arrays are left alone; safe to share
 * between threads.
 */
public final class LowRankUpdate {
    private final float[] b;
    private final float[] a;
    private final int rank;
    private final float scale;

    private LowRankUpdate(float[] b, float[] a, int rank, float scale) {
        this.b = b;
        this.a = a;
        this.rank = rank;
        this.scale = scale;
    }

    /**
     * Keeps the arrays, it does not copy them.
     *
     * @param b (rows, rank), row by row
     * @param a (rank, columns), row by row
     */
    public static LowRankUpdate of(float[] b, float[] a, int rank, float scale) {
        if (rank < 1 || b.length % rank != 0 || a.length % rank != 0) {
            throw new IllegalArgumentException("rank must divide both factors, was " + rank + " for b of " + b.length
                    + " and a of " + a.length + " numbers");
        }
        return new LowRankUpdate(b, a, rank, scale);
    }

    public int rows() {
        return b.length / rank;
    }

    public int columns() {
        return a.length / rank;
    }

    /**
     * Adds rows {@code firstRow .. firstRow + rows} of the update to {@code tile}, in place.
     *
     * @param tile (rows, columns) from index 0; may be longer
     */
    public void addTo(float[] tile, int firstRow, int rows) {
        Objects.checkFromIndexSize(firstRow, rows, rows());
        Objects.checkFromIndexSize(0, Math.multiplyExact(rows, columns()), tile.length);
        Kernels.lowRank().add(b, firstRow * rank, a, rank, scale, tile, rows);
    }
}
