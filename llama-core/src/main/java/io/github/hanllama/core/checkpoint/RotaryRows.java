package io.github.hanllama.core.checkpoint;

import java.lang.foreign.MemorySegment;

/** The rows of a q or k projection in another rotary layout. Rows only change places, so every bit of them is kept. */
final class RotaryRows extends StoredTensor {
    private final Tensor source;
    private final int headDim;
    private final RotaryLayout layout;

    RotaryRows(Tensor source, int headDim, RotaryLayout layout) {
        super(source.info());
        this.source = source;
        this.headDim = headDim;
        this.layout = layout;
    }

    /** Where a row of the source goes. */
    private long target(long row) {
        long inHead = row % headDim;
        return row - inHead + layout.place(inHead, headDim);
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        MemorySegment tile = tile(from, to);
        Tiles.forEach(info(), from, to, (firstRow, rowCount) -> {
            gather(firstRow, firstRow + rowCount, tile);
            sink.accept(firstRow, rowCount, tile.asSlice(0, rowCount * info().rowBytes()));
        });
    }

    /** Passes over all heads that the range touches; their rows are mapped, and only those needed are copied. */
    private void gather(long from, long to, MemorySegment tile) {
        long width = info().rowBytes();
        long firstHead = from - from % headDim;
        long lastHead = Math.ceilDiv(to, headDim) * headDim;
        source.readStoredRows(firstHead, lastHead, (first, count, bytes) -> {
            for (int row = 0; row < count; row++) {
                long target = target(first + row);
                if (target >= from && target < to) {
                    MemorySegment.copy(bytes, row * width, tile, (target - from) * width, width);
                }
            }
        });
    }
}
