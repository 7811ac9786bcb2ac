package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A model at rest: configuration, tokenizer and named tensors in Hugging Face names with the half-split rotary layout,
 * whatever the files look like. Immutable and thread-safe.
 *
 * <p>A transform (an adapter merged in, a patch applied) is a decorator that is again a checkpoint: it owns what it
 * decorates, and closing it closes that. Tensors must not be used after {@link #close()}.
 */
public interface Checkpoint extends AutoCloseable {
    /** Where it comes from, for messages. */
    String origin();

    LlamaConfig config();

    /** The tokenizer that was saved with the weights; models without one work with ids. */
    Optional<Tokenizer> tokenizer();

    /** The template of chats that was saved inside the weight file; those beside it are {@link #companionFiles}. */
    default Optional<String> chatTemplate() {
        return Optional.empty();
    }

    /** Every tensor, in the order of the files. Its names and shapes agree with {@link #config()}. */
    List<TensorInfo> tensors();

    boolean contains(String name);

    /** @throws IllegalArgumentException when there is no tensor of this name */
    Tensor tensor(String name);

    /**
     * The type in which a tensor is written when no other is asked for: its own, but that of the source for one that was
     * computed from blocks, or that a format could only hold in another type.
     *
     * @throws IllegalArgumentException when there is no tensor of this name
     */
    default DType writtenType(String name) {
        return tensor(name).info().dtype();
    }

    /** By which recipe the tensors got their types, if by one. */
    default Optional<QuantRecipe> recipe() {
        return Optional.empty();
    }

    /** Every file the weights are read from, for manifests; base before adapters. */
    List<Path> weightFiles();

    /** The files to copy beside a written model: tokenizer and generation settings. */
    List<Path> companionFiles();

    /**
     * A hex SHA-256 that stands for configuration and weights. Computed on first use by reading every byte, then
     * remembered.
     */
    String identity();

    /**
     * A hash that stands for configuration and weights too, but of where the files are, how large and how old, so that
     * nothing large is read: the same files have the same one until they are changed or replaced. None where the weights do
     * not come from files that stay.
     */
    default Optional<String> fileIdentity() {
        return Optional.empty();
    }

    /** Whether the weights are zeros because only headers were read: something to ask about shapes and types, not to run. */
    default boolean headersOnly() {
        return false;
    }

    /** Releases the files. Closing twice is fine. */
    @Override
    void close();
}
