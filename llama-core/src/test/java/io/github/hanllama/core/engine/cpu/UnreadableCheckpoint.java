package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.DerivedCheckpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/** A checkpoint whose matrices cannot be read. */
final class UnreadableCheckpoint extends DerivedCheckpoint {
    UnreadableCheckpoint(Checkpoint base) {
        super(base, unreadable(base));
    }

    private static SequencedMap<String, Tensor> unreadable(Checkpoint base) {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        for (TensorInfo info : base.tensors()) {
            tensors.put(info.name(), info.shape().size() == 2 ? new Unreadable(info) : base.tensor(info.name()));
        }
        return tensors;
    }

    @Override
    public String identity() {
        return base().identity();
    }

    @Override
    public Optional<String> fileIdentity() {
        return base().fileIdentity();
    }

    private record Unreadable(TensorInfo info) implements Tensor {
        @Override
        public Optional<MemorySegment> raw() {
            throw new AssertionError(info.name() + " was read");
        }

        @Override
        public void readRows(long from, long to, RowSink sink) {
            throw new AssertionError(info.name() + " was read");
        }

        @Override
        public void readStoredRows(long from, long to, StoredRowSink sink) {
            throw new AssertionError(info.name() + " was read");
        }
    }
}
