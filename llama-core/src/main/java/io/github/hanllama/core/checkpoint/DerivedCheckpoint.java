package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * A checkpoint with the tensors of another, some of them computed when they are read. What a subclass does not say is as
 * below it, but for what stands for the weights: it must say that itself.
 */
public abstract class DerivedCheckpoint implements Checkpoint {
    private final Checkpoint base;
    private final SequencedMap<String, Tensor> tensors;
    private volatile boolean closed;

    /**
     * Owns the base from here on.
     *
     * @param tensors every tensor by its name
     */
    protected DerivedCheckpoint(Checkpoint base, SequencedMap<String, ? extends Tensor> tensors) {
        this.base = base;
        this.tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
    }

    /** What this is derived from. */
    protected final Checkpoint base() {
        return base;
    }

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
    public Optional<String> chatTemplate() {
        return base.chatTemplate();
    }

    @Override
    public final List<TensorInfo> tensors() {
        return tensors.values().stream().map(Tensor::info).toList();
    }

    @Override
    public final boolean contains(String name) {
        return tensors.containsKey(name);
    }

    @Override
    public final Tensor tensor(String name) {
        if (closed) {
            throw new IllegalStateException(origin() + " is closed");
        }
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(origin() + " has no tensor " + name);
        }
        return tensor;
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
    public boolean headersOnly() {
        return base.headersOnly();
    }

    @Override
    public void close() {
        closed = true;
        base.close();
    }
}
