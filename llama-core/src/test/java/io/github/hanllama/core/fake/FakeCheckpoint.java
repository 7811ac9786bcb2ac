package io.github.hanllama.core.fake;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A configuration without weights; closes what it is made of. */
public record FakeCheckpoint(
        String origin, LlamaConfig config, Optional<Tokenizer> tokenizer, List<Path> companionFiles, Runnable onClose)
        implements Checkpoint {
    @Override
    public List<TensorInfo> tensors() {
        return List.of();
    }

    @Override
    public boolean contains(String name) {
        return false;
    }

    @Override
    public Tensor tensor(String name) {
        throw new IllegalArgumentException(name);
    }

    @Override
    public List<Path> weightFiles() {
        return List.of();
    }

    @Override
    public String identity() {
        return origin;
    }

    @Override
    public void close() {
        onClose.run();
    }
}
