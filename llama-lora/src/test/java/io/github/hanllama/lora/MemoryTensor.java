package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.Tiles;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A tensor over bytes; its tiles are the array it keeps for all of them, as the contract allows. */
record MemoryTensor(TensorInfo info, MemorySegment bytes, int tileRows) implements Tensor {
    static MemoryTensor of(TensorInfo info, float[] values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) info.bytes()]);
        StoredFloats.write(info.dtype(), values, 0, values.length, bytes, 0);
        return new MemoryTensor(info, bytes, Tiles.rows(info.rowLength()));
    }

    @Override
    public Optional<MemorySegment> raw() {
        return Optional.of(bytes);
    }

    @Override
    public void readRows(long from, long to, RowSink sink) {
        int rowLength = (int) info.rowLength();
        float[] tile = new float[tileRows * rowLength];
        readStoredRows(from, to, (firstRow, rowCount, stored) -> {
            StoredFloats.read(info.dtype(), stored, 0, tile, 0, rowCount * rowLength);
            sink.accept(firstRow, rowCount, tile);
        });
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        for (long row = from; row < to; row += tileRows) {
            int count = (int) Math.min(tileRows, to - row);
            sink.accept(row, count, bytes.asSlice(row * info.rowBytes(), count * info.rowBytes()));
        }
    }
}
