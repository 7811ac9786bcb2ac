package io.github.hanllama.core.engine;

import io.github.hanllama.core.config.LlamaConfig;

/**
 * A loaded model. Immutable and safe to share between threads; concurrent forward passes take turns on the model's
 * compute threads.
 *
 * <p>Closing refuses new work, waits for the pass in flight, then frees weights and caches. Later use throws {@link
 * IllegalStateException}.
 */
public interface LanguageModel extends AutoCloseable {
    LlamaConfig config();

    /** The engine's name and what it chose, in one line for logs and {@code inspect}. */
    String describe();

    /**
     * An empty cache for up to that many positions.
     *
     * @throws io.github.hanllama.core.error.BackendException when the model's caches would exceed their bound
     */
    KvCache newCache(int capacity);

    /** Bytes a cache of that capacity takes. */
    long cacheBytes(int capacity);

    /**
     * Runs every row of the batch, appends to its cache and hands the wanted outputs to the sink: row by row in batch
     * order, positions ascending, on the calling thread. A row's result does not depend on the other rows, their number
     * or the number of threads. A row that fails or is cancelled has its cache length restored and does not disturb the
     * others; an exception of the sink fails the row it was called for.
     *
     * @throws IllegalArgumentException when a cache is used twice, belongs to another model or is too short, or an id is
     *     outside the vocabulary; nothing has run then
     */
    BatchResult forward(Batch batch, OutputSink sink);

    /** A session of its own cache. */
    default Session newSession(int capacity) {
        return new Session(this, newCache(capacity));
    }

    @Override
    void close();
}
