package io.github.hanllama.core.checkpoint.view;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** The same tensor under another name. */
public record RenamedTensor(Tensor tensor, TensorInfo info) implements Tensor {
    public static Tensor of(Tensor tensor, String name) {
        TensorInfo info = tensor.info();
        return new RenamedTensor(tensor, new TensorInfo(name, info.shape(), info.dtype()));
    }

    @Override
    public Optional<MemorySegment> raw() {
        return tensor.raw();
    }

    @Override
    public void readRows(long from, long to, RowSink sink) {
        tensor.readRows(from, to, sink);
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        tensor.readStoredRows(from, to, sink);
    }
}
