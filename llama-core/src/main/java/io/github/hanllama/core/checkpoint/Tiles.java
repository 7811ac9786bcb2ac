package io.github.hanllama.core.checkpoint;

import java.util.Objects;

/** How rows are cut into tiles, so that no transform ever holds a whole tensor. */
public final class Tiles {
    /** Bytes of one tile in f32, per reading thread; it takes less than twice that. */
    public static final int BYTES = 1 << 20;

    private Tiles() {}

    /** Rows per tile for rows of this many elements: a power of two, as what packs rows takes them 16 or 32 at a time. */
    public static int rows(long rowLength) {
        int rows = Math.clamp(BYTES / (Math.max(1, rowLength) * Float.BYTES), 1, 1 << 16);
        return Integer.highestOneBit(2 * rows - 1);
    }

    /** Calls the body for each tile of the range, in ascending order. */
    public static void forEach(TensorInfo info, long from, long to, TileBody body) {
        Objects.checkFromToIndex(from, to, info.rows());
        int step = rows(info.rowLength());
        for (long row = from; row < to; row += step) {
            body.accept(row, (int) Math.min(step, to - row));
        }
    }

    /** What is done with one tile. */
    @FunctionalInterface
    public interface TileBody {
        void accept(long firstRow, int rowCount);
    }
}
