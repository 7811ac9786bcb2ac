package io.github.hanllama.core.checkpoint.view;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.Tiles;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/** A tensor put together from the stored rows of others; the values stay as they are stored. */
public abstract class StoredTensor implements Tensor {
    private static final long MAX_ROW_BYTES = 1 << 28;

    private final TensorInfo info;

    protected StoredTensor(TensorInfo info) {
        this.info = info;
    }

    @Override
    public final TensorInfo info() {
        return info;
    }

    @Override
    public final Optional<MemorySegment> raw() {
        return Optional.empty();
    }

    @Override
    public final void readRows(long from, long to, RowSink sink) {
        Objects.checkFromToIndex(from, to, info.rows());
        float[] values = new float[Math.toIntExact(tileRows(from, to) * info.rowLength())];
        readStoredRows(from, to, (firstRow, rowCount, bytes) -> {
            StoredFloats.read(info.dtype(), bytes, 0, values, 0, Math.toIntExact(rowCount * info.rowLength()));
            sink.accept(firstRow, rowCount, values);
        });
    }

    /** Memory for the largest tile of a range. */
    protected final MemorySegment tile(long from, long to) {
        return MemorySegment.ofArray(new byte[Math.toIntExact(tileRows(from, to) * info.rowBytes())]);
    }

    private long tileRows(long from, long to) {
        if (info.rowBytes() > MAX_ROW_BYTES || !info.dtype().isReal()) {
            throw new UnsupportedModelException(info.name() + ": expected rows of floating-point numbers of at most "
                    + MAX_ROW_BYTES + " bytes, found " + info.dtype() + " " + info.shape());
        }
        return Math.min(to - from, Tiles.rows(info.rowLength()));
    }
}
