package io.github.hanllama.core.engine;

import io.github.hanllama.tokenizer.Tokenizer;
import java.util.Optional;

/**
 * An adapter, or a chain of them, ready to be used by rows of one model without being merged into it. Safe to share
 * between threads.
 *
 * <pre>{@code
 * try (AttachedAdapter poet = model.attach(weights)) {
 *     model.forward(Batch.of(BatchRow.prompt(cache, ids).adapters(AdapterUse.of(poet))), sink);
 * }
 * }</pre>
 *
 * <p>Closing waits for the pass in flight and frees; rows that use it later are refused with {@link
 * IllegalStateException}. Closing the model closes it.
 */
public interface AttachedAdapter extends AutoCloseable {
    /** Where it comes from, for messages. */
    String origin();

    /** The width of the logits of a row that uses it. */
    int vocabularySize();

    /** Whether it brings whole tensors or another context; a row uses at most one such adapter, with weight 1. */
    boolean replacing();

    /** The tokenizer it brings, the last of a chain. */
    Optional<Tokenizer> tokenizer();

    /** Bytes its matrices take beside the model's. */
    long bytes();

    @Override
    void close();
}
