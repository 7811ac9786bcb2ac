package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.Tiles;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/** A small f32 tensor in memory. */
final class ArrayTensor implements Tensor {
    private final TensorInfo info;
    private final float[] values;

    ArrayTensor(TensorInfo info, float[] values) {
        this.info = info;
        this.values = values;
    }

    @Override
    public TensorInfo info() {
        return info;
    }

    @Override
    public Optional<MemorySegment> raw() {
        return Optional.empty();
    }

    @Override
    public void readRows(long from, long to, RowSink sink) {
        int length = (int) info.rowLength();
        Tiles.forEach(info, from, to, (first, count) -> {
            int at = (int) first * length;
            sink.accept(first, count, Arrays.copyOfRange(values, at, at + count * length));
        });
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        int length = (int) info.rowLength();
        Tiles.forEach(info, from, to, (first, count) -> {
            MemorySegment bytes = MemorySegment.ofArray(new byte[(int) (count * info.rowBytes())]);
            StoredFloats.write(info.dtype(), values, (int) first * length, count * length, bytes, 0);
            sink.accept(first, count, bytes);
        });
    }
}
