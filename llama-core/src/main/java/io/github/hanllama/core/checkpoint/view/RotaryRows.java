package io.github.hanllama.core.checkpoint.view;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.Tiles;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** The rows of a q or k projection in another rotary layout. Rows only change places, so every bit of them is kept. */
final class RotaryRows extends StoredTensor {
    private static final long MAX_HEAD_BYTES = 8 << 20;

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
        if (computesWholeHeads(from)) {
            readHeads(from, to, sink);
            return;
        }
        MemorySegment tile = tile(from, to);
        Tiles.forEach(info(), from, to, (firstRow, rowCount) -> {
            gather(firstRow, firstRow + rowCount, tile);
            sink.accept(firstRow, rowCount, tile.asSlice(0, rowCount * info().rowBytes()));
        });
    }

    /** Whether a head is several tiles, each of which would compute all of its rows again. */
    private boolean computesWholeHeads(long from) {
        int tile = Tiles.rows(info().rowLength());
        return source.raw().isEmpty()
                && headDim > tile
                && headDim % tile == 0
                && from % tile == 0
                && headDim * info().rowBytes() <= MAX_HEAD_BYTES;
    }

    private void readHeads(long from, long to, StoredRowSink sink) {
        Objects.checkFromToIndex(from, to, info().rows());
        long width = info().rowBytes();
        MemorySegment head = MemorySegment.ofArray(new byte[Math.toIntExact(headDim * width)]);
        long end;
        for (long start = from; start < to; start = end) {
            end = Math.min(to, start - start % headDim + headDim);
            gather(start, end, head);
            MemorySegment rows = head.asSlice(0, (end - start) * width);
            long first = start;
            Tiles.forEach(
                    info(),
                    start,
                    end,
                    (row, count) -> sink.accept(row, count, rows.asSlice((row - first) * width, count * width)));
        }
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
