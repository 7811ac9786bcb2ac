package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.tokenizer.Tokenizer;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A checkpoint whose matrices cannot be read. */
record UnreadableCheckpoint(Checkpoint base) implements Checkpoint {
    @Override
    public String origin() {
        return base.origin();
    }

    @Override
    public LlamaConfig config() {
        return base.config();
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return base.tokenizer();
    }

    @Override
    public List<TensorInfo> tensors() {
        return base.tensors();
    }

    @Override
    public boolean contains(String name) {
        return base.contains(name);
    }

    @Override
    public Tensor tensor(String name) {
        Tensor tensor = base.tensor(name);
        return tensor.info().shape().size() == 2 ? new Unreadable(tensor.info()) : tensor;
    }

    @Override
    public List<Path> weightFiles() {
        return base.weightFiles();
    }

    @Override
    public List<Path> companionFiles() {
        return base.companionFiles();
    }

    @Override
    public String identity() {
        return base.identity();
    }

    @Override
    public Optional<String> fileIdentity() {
        return base.fileIdentity();
    }

    @Override
    public void close() {
        base.close();
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
