package io.github.hanllama.core.engine;

import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.config.LlamaConfig;
import java.util.List;

/**
 * A loaded model. Immutable and safe to share between threads; concurrent forward passes take turns on the model's
 * compute threads.
 *
 * <p>Closing refuses new work, waits for the pass in flight, then frees weights, adapters and caches. Later use throws {@link
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
     * Makes an adapter ready for rows of this model, while others go on generating; nothing is merged. Several adapters
     * become one that acts as if they were merged in this order: whole tensors of later ones win, low-rank parts of all
     * add up. They are read during the call and stay the caller's.
     *
     * @throws io.github.hanllama.core.error.AdapterMismatchException when they do not fit the model or each other
     * @throws io.github.hanllama.core.error.BackendException when there is no memory for them
     */
    default AttachedAdapter attach(AdapterWeights... chain) {
        return attach(List.of(chain));
    }

    /** As {@link #attach(AdapterWeights...)}. */
    AttachedAdapter attach(List<AdapterWeights> chain);

    /** Bytes that the adapters attached now take beside the weights. */
    long adapterBytes();

    /**
     * Runs every row of the batch, appends to its cache and hands the wanted outputs to the sink: row by row in batch
     * order, positions ascending, on the calling thread. A row's result does not depend on the other rows, their number
     * or the number of threads. A row that fails or is cancelled has its cache length restored and does not disturb the
     * others; an exception of the sink fails the row it was called for.
     *
     * @throws IllegalArgumentException when a cache is used twice, belongs to another model, was filled with other adapters
     *     or is too short, when adapters do not go together, or an id is outside the row's vocabulary; nothing has run then
     * @throws IllegalStateException when an adapter is closed; nothing has run then
     */
    BatchResult forward(Batch batch, OutputSink sink);

    /** A session of its own cache, whose rows use these adapters. */
    default Session newSession(int capacity, AdapterUse... adapters) {
        return new Session(this, newCache(capacity), List.of(adapters));
    }

    @Override
    void close();
}
