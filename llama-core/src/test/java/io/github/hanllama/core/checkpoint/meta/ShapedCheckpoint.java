package io.github.hanllama.core.checkpoint.meta;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.ExpectedTensors;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.view.StoredTensor;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.DType;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A model of any dimensions that has no weights, for what is planned before they are read. */
record ShapedCheckpoint(LlamaConfig config, DType dtype) implements Checkpoint {
    @Override
    public String origin() {
        return "shapes";
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return Optional.empty();
    }

    @Override
    public List<TensorInfo> tensors() {
        return ExpectedTensors.of(config).entrySet().stream()
                .map(shape -> new TensorInfo(shape.getKey(), shape.getValue(), dtype))
                .toList();
    }

    @Override
    public boolean contains(String name) {
        return ExpectedTensors.of(config).containsKey(name);
    }

    @Override
    public Tensor tensor(String name) {
        List<Long> shape = Objects.requireNonNull(ExpectedTensors.of(config).get(name));
        return new StoredTensor(new TensorInfo(name, shape, dtype)) {
            @Override
            public void readStoredRows(long from, long to, StoredRowSink sink) {
                throw new UnsupportedOperationException("no weights");
            }
        };
    }

    @Override
    public List<Path> weightFiles() {
        return List.of();
    }

    @Override
    public List<Path> companionFiles() {
        return List.of();
    }

    @Override
    public String identity() {
        return "shapes";
    }

    @Override
    public void close() {}
}
