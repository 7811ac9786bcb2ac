package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The matrix (1, 1) with a one: with it a vector is a low-rank pair too, {@code scale * (1 @ vector)}. */
record OneTensor(TensorInfo info) implements Tensor {
    OneTensor(String name) {
        this(new TensorInfo(name, List.of(1L, 1L), DType.F32));
    }

    @Override
    public Optional<MemorySegment> raw() {
        return Optional.of(bytes());
    }

    @Override
    public void readRows(long from, long to, RowSink sink) {
        Objects.checkFromToIndex(from, to, 1);
        if (from < to) {
            sink.accept(0, 1, new float[] {1});
        }
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        Objects.checkFromToIndex(from, to, 1);
        if (from < to) {
            sink.accept(0, 1, bytes());
        }
    }

    private static MemorySegment bytes() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Float.BYTES]);
        StoredFloats.write(DType.F32, new float[] {1}, 0, 1, bytes, 0);
        return bytes.asReadOnly();
    }
}
