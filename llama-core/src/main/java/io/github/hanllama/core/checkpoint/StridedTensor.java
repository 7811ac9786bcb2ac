package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.file.MappedFile;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A tensor whose elements lie apart in a mapped file: transposed, cut out of a larger one, or expanded. */
final class StridedTensor implements Tensor {
    private static final long MAX_ROW_LENGTH = 1 << 26; // a quarter gigabyte of f32

    private final TensorInfo info;
    private final MappedFile file;
    private final long offset;
    private final long rowStride;
    private final List<Long> rowShape;
    private final List<Long> rowStrides;

    /**
     * @param offset of the first element, in bytes
     * @param strides of each dimension, in elements; every element they reach lies inside the file
     */
    StridedTensor(TensorInfo info, MappedFile file, long offset, List<Long> strides) {
        this.info = info;
        this.file = file;
        this.offset = offset;
        int rank = info.shape().size();
        int rowDimension = rank < 2 ? 0 : 1;
        this.rowStride = rank < 2 ? 0 : strides.getFirst();
        this.rowShape = info.shape().subList(rowDimension, rank);
        this.rowStrides = List.copyOf(strides.subList(rowDimension, rank));
    }

    @Override
    public TensorInfo info() {
        return info;
    }

    @Override
    public Optional<MemorySegment> raw() {
        file.memory();
        return Optional.empty();
    }

    @Override
    public void readRows(long from, long to, RowSink sink) {
        Objects.checkFromToIndex(from, to, info.rows());
        requireRows(info.dtype().isFloatingPoint(), "rows of at most " + MAX_ROW_LENGTH + " floating-point numbers");
        int rowLength = (int) info.rowLength();
        float[] values = new float[Math.multiplyExact(tileRows(from, to), rowLength)];
        readStoredRows(from, to, (firstRow, rowCount, bytes) -> {
            StoredFloats.read(info.dtype(), bytes, 0, values, 0, rowCount * rowLength);
            sink.accept(firstRow, rowCount, values);
        });
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        Objects.checkFromToIndex(from, to, info.rows());
        requireRows(true, "rows of at most " + MAX_ROW_LENGTH + " elements");
        MemorySegment memory = file.memory();
        MemorySegment tile = MemorySegment.ofArray(new byte[Math.toIntExact(tileRows(from, to) * info.rowBytes())]);
        Tiles.forEach(info, from, to, (firstRow, rowCount) -> {
            file.guard(() -> gatherRows(memory, firstRow, rowCount, tile));
            sink.accept(firstRow, rowCount, tile.asSlice(0, rowCount * info.rowBytes()));
        });
    }

    private int tileRows(long from, long to) {
        return (int) Math.min(to - from, Tiles.rows(info.rowLength()));
    }

    private void requireRows(boolean rightType, String expected) {
        if (!rightType || info.rowLength() > MAX_ROW_LENGTH) {
            throw new UnsupportedModelException(file.path() + ": " + info.name() + ": expected " + expected + ", found "
                    + info.dtype() + " " + info.shape());
        }
    }

    private void gatherRows(MemorySegment memory, long firstRow, int rowCount, MemorySegment tile) {
        for (int row = 0; row < rowCount; row++) {
            long first = offset + (firstRow + row) * rowStride * elementBytes();
            gather(memory, first, 0, tile, row * info.rowBytes());
        }
    }

    /** Copies what the dimensions from this one on span; returns where the next element goes. */
    private long gather(MemorySegment memory, long from, int dimension, MemorySegment tile, long to) {
        long count = rowShape.get(dimension);
        long stride = rowStrides.get(dimension) * elementBytes();
        if (dimension == rowShape.size() - 1) {
            copy(memory, from, stride, count, tile, to);
            return to + count * elementBytes();
        }
        long at = to;
        for (long i = 0; i < count; i++) {
            at = gather(memory, from + i * stride, dimension + 1, tile, at);
        }
        return at;
    }

    private void copy(MemorySegment memory, long from, long stride, long count, MemorySegment tile, long to) {
        int bytes = elementBytes();
        if (stride == bytes) {
            MemorySegment.copy(memory, from, tile, to, count * bytes);
            return;
        }
        switch (bytes) {
            case Short.BYTES -> copyShorts(memory, from, stride, count, tile, to);
            case Integer.BYTES -> copyInts(memory, from, stride, count, tile, to);
            default -> {
                for (long i = 0; i < count; i++) {
                    MemorySegment.copy(memory, from + i * stride, tile, to + i * bytes, bytes);
                }
            }
        }
    }

    private static void copyShorts(
            MemorySegment memory, long from, long stride, long count, MemorySegment tile, long to) {
        for (long i = 0; i < count; i++) {
            short bits = memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, from + i * stride);
            tile.set(ValueLayout.JAVA_SHORT_UNALIGNED, to + i * Short.BYTES, bits);
        }
    }

    private static void copyInts(
            MemorySegment memory, long from, long stride, long count, MemorySegment tile, long to) {
        for (long i = 0; i < count; i++) {
            int bits = memory.get(ValueLayout.JAVA_INT_UNALIGNED, from + i * stride);
            tile.set(ValueLayout.JAVA_INT_UNALIGNED, to + i * Integer.BYTES, bits);
        }
    }

    private int elementBytes() {
        return info.dtype().blockBytes();
    }
}
