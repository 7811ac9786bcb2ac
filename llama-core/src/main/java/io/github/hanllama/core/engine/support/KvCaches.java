package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.engine.Batch;
import io.github.hanllama.core.engine.BatchRow;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.error.BackendException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** All open caches of a model. Thread-safe. */
final class KvCaches<S extends KvStorage> {
    private final ModelGate gate;
    private final Decoder<S, ?> decoder;
    private final Adapters<?> adapters;
    private final KvExchange exchange;
    private final KvBudget budget;
    private final Set<EngineCache<S>> open = Collections.newSetFromMap(new IdentityHashMap<>()); // guarded by this

    KvCaches(ModelGate gate, Decoder<S, ?> decoder, Adapters<?> adapters, KvExchange exchange, KvBudget budget) {
        this.gate = gate;
        this.decoder = decoder;
        this.adapters = adapters;
        this.exchange = exchange;
        this.budget = budget;
    }

    Decoder<S, ?> decoder() {
        return decoder;
    }

    Adapters<?> adapters() {
        return adapters;
    }

    KvExchange exchange() {
        return exchange;
    }

    void requireOpen() {
        gate.requireOpen();
    }

    long bytes(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity must be >= 1, was " + capacity);
        }
        long perPosition = decoder.bytesPerPosition();
        return perPosition > Long.MAX_VALUE / capacity ? Long.MAX_VALUE : perPosition * capacity;
    }

    EngineCache<S> open(int capacity) {
        long bytes = bytes(capacity);
        synchronized (this) { // against closeAll: a cache is either refused or closed with the others
            gate.requireOpen();
            budget.reserve(bytes);
            try {
                EngineCache<S> cache = new EngineCache<>(this, decoder.newStorage(capacity), capacity);
                open.add(cache);
                return cache;
            } catch (OutOfMemoryError e) {
                budget.release(bytes);
                throw new BackendException(
                        "no memory for a cache of " + bytes + " bytes, " + capacity
                                + " positions; close others, ask for a smaller capacity or give the JVM more",
                        e);
            } catch (RuntimeException e) {
                budget.release(bytes);
                throw e;
            }
        }
    }

    synchronized void forget(EngineCache<S> cache) {
        if (open.remove(cache)) {
            budget.release(bytes(cache.capacity()));
        }
    }

    void closeAll() {
        List<EngineCache<S>> remaining;
        synchronized (this) {
            remaining = List.copyOf(open);
        }
        remaining.forEach(EngineCache::close);
    }

    /** Calls the body with the batch's caches held, so that nobody else changes or frees them meanwhile. */
    <T> T using(Batch batch, Function<List<EngineCache<S>>, T> body) {
        List<EngineCache<S>> claimed = new ArrayList<>();
        try {
            for (BatchRow row : batch.rows()) {
                EngineCache<S> cache = own(row.cache());
                cache.claim();
                claimed.add(cache);
            }
            return body.apply(claimed);
        } finally {
            claimed.forEach(EngineCache::release);
        }
    }

    @SuppressWarnings("unchecked") // a cache of this registry stores what this decoder made
    private EngineCache<S> own(KvCache cache) {
        if (cache instanceof EngineCache<?> known && known.belongsTo(this)) {
            return (EngineCache<S>) known;
        }
        throw new IllegalArgumentException("the cache belongs to another model; make it by newCache of this one");
    }
}
