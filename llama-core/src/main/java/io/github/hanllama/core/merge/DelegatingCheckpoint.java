package io.github.hanllama.core.merge;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Another checkpoint, but for what a subclass says differently. */
abstract class DelegatingCheckpoint implements Checkpoint {
    private final Checkpoint checkpoint;

    DelegatingCheckpoint(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
    }

    @Override
    public String origin() {
        return checkpoint.origin();
    }

    @Override
    public LlamaConfig config() {
        return checkpoint.config();
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return checkpoint.tokenizer();
    }

    @Override
    public Optional<String> chatTemplate() {
        return checkpoint.chatTemplate();
    }

    @Override
    public List<TensorInfo> tensors() {
        return checkpoint.tensors();
    }

    @Override
    public boolean contains(String name) {
        return checkpoint.contains(name);
    }

    @Override
    public Tensor tensor(String name) {
        return checkpoint.tensor(name);
    }

    @Override
    public DType writtenType(String name) {
        return checkpoint.writtenType(name);
    }

    @Override
    public Optional<QuantRecipe> recipe() {
        return checkpoint.recipe();
    }

    @Override
    public List<Path> weightFiles() {
        return checkpoint.weightFiles();
    }

    @Override
    public List<Path> companionFiles() {
        return checkpoint.companionFiles();
    }

    @Override
    public String identity() {
        return checkpoint.identity();
    }

    @Override
    public Optional<String> fileIdentity() {
        return checkpoint.fileIdentity();
    }

    @Override
    public boolean headersOnly() {
        return checkpoint.headersOnly();
    }

    @Override
    public void close() {
        checkpoint.close();
    }
}
