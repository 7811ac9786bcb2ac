package io.github.hanllama.core.checkpoint.view;

import io.github.hanllama.core.checkpoint.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** The bias of a q or k projection in another rotary layout. */
final class RotaryVector extends StoredTensor {
    private final Tensor source;
    private final int headDim;
    private final RotaryLayout layout;

    /** @param source whose elements are stored one by one */
    RotaryVector(Tensor source, int headDim, RotaryLayout layout) {
        super(source.info());
        this.source = source;
        this.headDim = headDim;
        this.layout = layout;
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        Objects.checkFromToIndex(from, to, 1);
        MemorySegment tile = tile(from, to);
        long width = info().dtype().bytes(1);
        source.readStoredRows(from, to, (row, count, bytes) -> {
            for (long i = 0; i < info().elements(); i++) {
                long inHead = i % headDim;
                long target = i - inHead + layout.place(inHead, headDim);
                MemorySegment.copy(bytes, i * width, tile, target * width, width);
            }
            sink.accept(row, count, tile);
        });
    }
}
