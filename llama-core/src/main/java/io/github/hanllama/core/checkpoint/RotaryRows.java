package io.github.hanllama.core.checkpoint;

import java.lang.foreign.MemorySegment;

/**
 * The rows of a q or k projection in the order of the half-split rotary layout, from Meta's interleaved one: what is
 * rotated together lies side by side there (2i and 2i + 1) and half a head apart here (i and i + headDim / 2). Rows only
 * change places, so every bit of them is kept.
 */
final class HalfSplitRows extends StoredTensor {
    private final Tensor interleaved;
    private final int headDim;

    /** @param interleaved whose rows are whole heads */
    HalfSplitRows(Tensor interleaved, int headDim) {
        super(interleaved.info());
        this.interleaved = interleaved;
        this.headDim = headDim;
    }

    /** Where a row of the source goes. */
    private long target(long row) {
        long inHead = row % headDim;
        return row - inHead + inHead % 2 * (headDim / 2) + inHead / 2;
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
        interleaved.readStoredRows(firstHead, lastHead, (first, count, bytes) -> {
            for (int row = 0; row < count; row++) {
                long target = target(first + row);
                if (target >= from && target < to) {
                    MemorySegment.copy(bytes, row * width, tile, (target - from) * width, width);
                }
            }
        });
    }
}
