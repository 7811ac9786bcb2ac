package io.github.hanllama.core.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A named matrix of weights, read on demand by row tiles. Stateless and thread-safe; usable until its
 * {@link Checkpoint} is closed.
 *
 * <p>A tile is as many rows as {@link Tiles#rows} says; its memory belongs to the tensor and is valid only
 * during the call of the sink. Values are little-endian.
 */
public interface Tensor {
    TensorInfo info();

    /**
     * The stored bytes, row-major and contiguous, when they can be used as they are: untransformed, mapped from a file
     * or held in memory. Valid until the checkpoint is closed.
     */
    Optional<MemorySegment> raw();

    /**
     * Reads rows {@code from} (inclusive) to {@code to} (exclusive) as f32, in ascending order.
     *
     * @throws IndexOutOfBoundsException when the range leaves the tensor
     * @throws IllegalStateException after the checkpoint was closed
     */
    void readRows(long from, long to, RowSink sink);

    /** Reads rows in the stored type, otherwise like {@link #readRows}. */
    void readStoredRows(long from, long to, StoredRowSink sink);

    /** Receives rows as f32. */
    @FunctionalInterface
    interface RowSink {
        /**
         * @param firstRow index of the first row of this tile in the tensor
         * @param rowCount rows in this tile
         * @param values {@code rowCount * rowLength} floats from index 0; reused afterwards
         */
        void accept(long firstRow, int rowCount, float[] values);
    }

    /** Receives rows as stored. */
    @FunctionalInterface
    interface StoredRowSink {
        /**
         * @param firstRow index of the first row of this tile in the tensor
         * @param rowCount rows in this tile
         * @param bytes {@code rowCount * rowBytes} bytes; reused afterwards
         */
        void accept(long firstRow, int rowCount, MemorySegment bytes);
    }
}
