package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.file.MappedFile;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/** A tensor that lies in a mapped file. */
final class MappedTensor implements Tensor {
    private static final long MAX_ROW_LENGTH = 1 << 26; // a quarter gigabyte of f32

    private final TensorInfo info;
    private final MappedFile file;
    private final long offset;

    MappedTensor(TensorInfo info, MappedFile file, long offset) {
        this.info = info;
        this.file = file;
        this.offset = offset;
    }

    @Override
    public TensorInfo info() {
        return info;
    }

    @Override
    public Optional<MemorySegment> raw() {
        return Optional.of(bytes());
    }

    private MemorySegment bytes() {
        return file.memory().asSlice(offset, info.bytes());
    }

    @Override
    public void readRows(long from, long to, RowSink sink) {
        Objects.checkFromToIndex(from, to, info.rows());
        requireFloats();
        int rowLength = (int) info.rowLength();
        float[] values = new float[Math.multiplyExact((int) Math.min(to - from, Tiles.rows(rowLength)), rowLength)];
        readStoredRows(from, to, (firstRow, rowCount, bytes) -> {
            StoredFloats.read(info.dtype(), bytes, 0, values, 0, rowCount * rowLength);
            sink.accept(firstRow, rowCount, values);
        });
    }

    private void requireFloats() {
        if (!info.dtype().isReal() || info.rowLength() > MAX_ROW_LENGTH) {
            throw new UnsupportedModelException(file.path() + ": " + info.name() + ": expected rows of at most "
                    + MAX_ROW_LENGTH + " floating-point numbers, found " + info.dtype() + " " + info.shape());
        }
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        Objects.checkFromToIndex(from, to, info.rows());
        MemorySegment bytes = bytes();
        if (bytes.byteSize() == 0) {
            return; // [2^60, 0] is a legal shape
        }
        Tiles.forEach(info, from, to, (firstRow, rowCount) -> {
            MemorySegment tile = bytes.asSlice(firstRow * info.rowBytes(), rowCount * info.rowBytes());
            file.guard(() -> sink.accept(firstRow, rowCount, tile));
        });
    }
}
