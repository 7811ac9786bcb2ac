package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.error.BackendException;

/** Bytes that all caches of a model may take together. */
final class KvBudget {
    private final long limit;
    private long used;

    KvBudget(long limit) {
        this.limit = limit;
    }

    synchronized void reserve(long bytes) {
        if (bytes > limit - used) {
            throw new BackendException("a cache of " + bytes + " bytes exceeds the bound of " + limit
                    + " bytes for all caches of the model, of which " + used
                    + " are in use; close caches, ask for a smaller capacity or raise maxKvBytes");
        }
        used += bytes;
    }

    synchronized void release(long bytes) {
        used -= bytes;
    }
}
