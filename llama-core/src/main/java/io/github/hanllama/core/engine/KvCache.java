package io.github.hanllama.core.engine;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/**
 * Keys and values of one sequence, owned by the engine that made it. Belongs to one thread at a time.
 *
 * <p>Exchange form ({@link #exportTo}): a header with the identity of the model, then per layer K and V of the range as
 * (numKeyValueHeads, positions, headDim), K after its rotation, in the type the header names. A cache accepts only what a
 * model of the same identity wrote. The identity is {@link io.github.hanllama.core.checkpoint.Checkpoint#identity()},
 * which reads every byte: it is asked at the first exchange, so the checkpoint must be open then, or have been asked
 * before it was closed.
 *
 * <p>Its positions belong to the adapters, and their weights, that they were computed with. A cache that is not empty is
 * continued with the same ones or refused; {@code truncate(0)} sets it free. The same are adapters of the same content:
 * detached and attached again, they go on. The identity above includes them.
 */
public interface KvCache extends AutoCloseable {
    /** Positions filled. */
    int length();

    /** Positions there is room for. */
    int capacity();

    /**
     * Forgets every position from {@code length} on.
     *
     * @throws IllegalArgumentException when it is negative or beyond {@link #length()}
     */
    void truncate(int length);

    /** An independent cache with the same content. */
    KvCache fork();

    /** Writes positions {@code from} (inclusive) to {@code to} (exclusive). */
    void exportTo(int from, int to, WritableByteChannel channel) throws IOException;

    /**
     * Appends positions that were exported from here on, computed with these adapters.
     *
     * @throws IllegalArgumentException when they are another model's or other adapters', start elsewhere than at {@link #length()} or do not
     *     fit; nothing is changed then
     * @throws IOException when they are cut short or damaged, or the channel fails; nothing is changed then
     */
    void importFrom(ReadableByteChannel channel, AdapterUse... adapters) throws IOException;

    /** Frees the memory. Closing twice is fine. */
    @Override
    void close();
}
