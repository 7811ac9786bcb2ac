package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.Tiles;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** A matrix with rows and columns exchanged. The stored one is flat: its rows are the columns of this, and few. */
record TransposedTensor(Tensor stored, TensorInfo info) implements Tensor {
    static TransposedTensor of(Tensor stored) {
        List<Long> shape = stored.info().shape();
        TensorInfo info = new TensorInfo(
                stored.info().name(),
                List.of(shape.getLast(), shape.getFirst()),
                stored.info().dtype());
        return new TransposedTensor(stored, info);
    }

    @Override
    public Optional<MemorySegment> raw() {
        return Optional.empty();
    }

    @Override
    public void readRows(long from, long to, RowSink sink) {
        float[] values = new float[tileElements(from, to)];
        readStoredRows(from, to, (firstRow, rowCount, bytes) -> {
            StoredFloats.read(info.dtype(), bytes, 0, values, 0, rowCount * (int) info.rowLength());
            sink.accept(firstRow, rowCount, values);
        });
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        MemorySegment tile =
                MemorySegment.ofArray(new byte[Math.toIntExact(info.dtype().bytes(tileElements(from, to)))]);
        Tiles.forEach(info, from, to, (firstRow, rowCount) -> {
            stored.readStoredRows(
                    0,
                    stored.info().rows(),
                    (column, columns, bytes) -> gather(bytes, column, columns, firstRow, rowCount, tile));
            sink.accept(firstRow, rowCount, tile.asSlice(0, rowCount * info.rowBytes()));
        });
    }

    private int tileElements(long from, long to) {
        return Math.toIntExact(Math.min(to - from, Tiles.rows(info.rowLength())) * info.rowLength());
    }

    /** Of some columns, which lie in {@code bytes} one after the other, the elements of this tile's rows. */
    private void gather(
            MemorySegment bytes, long column, int columns, long firstRow, int rowCount, MemorySegment tile) {
        long size = info.dtype().bytes(1);
        for (int i = 0; i < columns; i++) {
            long from = i * stored.info().rowBytes() + firstRow * size;
            long to = (column + i) * size;
            for (int row = 0; row < rowCount; row++) {
                MemorySegment.copy(bytes, from + row * size, tile, to + row * info.rowBytes(), size);
            }
        }
    }
}
