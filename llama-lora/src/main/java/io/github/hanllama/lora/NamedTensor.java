package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A tensor of an adapter under the name it has in the model. */
record NamedTensor(TensorInfo info, Tensor stored) implements Tensor {
    static Tensor of(String name, Tensor stored) {
        return new NamedTensor(LoraInfo.named(name, stored.info()), stored);
    }

    @Override
    public Optional<MemorySegment> raw() {
        return stored.raw();
    }

    @Override
    public void readRows(long from, long to, RowSink sink) {
        stored.readRows(from, to, sink);
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        stored.readStoredRows(from, to, sink);
    }
}
