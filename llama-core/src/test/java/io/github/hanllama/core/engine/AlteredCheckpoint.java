package io.github.hanllama.core.engine;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A checkpoint that breaks its contract, as a faulty transform might. */
record AlteredCheckpoint(Checkpoint base, Change change) implements Checkpoint {
    /** How it lies. */
    enum Change {
        NORM_MISSING,
        WIDER_MLP
    }

    @Override
    public String origin() {
        return base.origin();
    }

    @Override
    public LlamaConfig config() {
        LlamaConfig config = base.config();
        return change == Change.WIDER_MLP
                ? config.toBuilder()
                        .intermediateSize(config.intermediateSize() + 1)
                        .build()
                : config;
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
        return base.contains(name) && !(change == Change.NORM_MISSING && name.equals(TensorNames.NORM));
    }

    @Override
    public Tensor tensor(String name) {
        return base.tensor(name);
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
    public void close() {
        base.close();
    }
}
