package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.engine.AdapterUse;
import io.github.hanllama.core.engine.KvCache;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A cache over an engine's storage. Its lock makes closing it, or the model, safe at any time: whoever uses the storage
 * holds it. Positions beyond {@link #length()} may hold anything.
 */
final class EngineCache<S extends KvStorage> implements KvCache {
    private final KvCaches<S> owner;
    private final S storage;
    private final int capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile int length; // written under the lock
    private AdapterSet adapters = AdapterSet.NONE; // of the positions there are; guarded by lock
    private volatile boolean closed;

    EngineCache(KvCaches<S> owner, S storage, int capacity) {
        this.owner = owner;
        this.storage = storage;
        this.capacity = capacity;
    }

    boolean belongsTo(KvCaches<?> caches) {
        return owner == caches;
    }

    S storage() {
        return storage;
    }

    /** Holds the cache for this thread until {@link #release()}. */
    void claim() {
        if (lock.isHeldByCurrentThread()) {
            throw new IllegalStateException("the cache is in use by the call this one was made from");
        }
        lock.lock();
        try {
            requireOpen();
        } catch (IllegalStateException e) {
            lock.unlock();
            throw e;
        }
    }

    void release() {
        lock.unlock();
    }

    /** Refuses to continue with other adapters than it was filled with; an empty cache takes any. */
    void requireAdapters(AdapterSet wanted) {
        if (length > 0 && !adapters.equals(wanted)) {
            throw new IllegalArgumentException("the cache was filled with " + adapters + " and cannot go on with "
                    + wanted + "; truncate it to 0 or use another");
        }
    }

    void grow(int positions, AdapterSet used) {
        length += positions;
        adapters = used;
    }

    private void requireOpen() {
        owner.requireOpen();
        if (closed) {
            throw new IllegalStateException("the cache is closed");
        }
    }

    @Override
    public int length() {
        if (closed) {
            requireOpen();
        }
        return length;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public void truncate(int length) {
        claim();
        try {
            if (length < 0 || length > this.length) {
                throw new IllegalArgumentException("length must be in 0.." + this.length + ", was " + length);
            }
            this.length = length;
        } finally {
            release();
        }
    }

    @Override
    public KvCache fork() {
        claim();
        try {
            EngineCache<S> copy = owner.open(capacity);
            try {
                copy.fill(storage, length, adapters);
            } catch (RuntimeException e) {
                copy.close();
                throw e;
            }
            return copy;
        } finally {
            release();
        }
    }

    private void fill(S source, int positions, AdapterSet used) {
        claim();
        try {
            owner.decoder().copy(source, storage, positions);
            length = positions;
            adapters = used;
        } finally {
            release();
        }
    }

    @Override
    public void exportTo(int from, int to, WritableByteChannel channel) throws IOException {
        claim();
        try {
            if (from < 0 || to < from || to > length) {
                throw new IllegalArgumentException(
                        "expected a range within 0.." + length + ", was " + from + ".." + to);
            }
            owner.exchange().write(adapters, storage, from, to, Objects.requireNonNull(channel));
        } finally {
            release();
        }
    }

    @Override
    public void importFrom(ReadableByteChannel channel, AdapterUse... uses) throws IOException {
        claim();
        try {
            AdapterSet used = owner.adapters().set(List.of(uses));
            requireAdapters(used);
            length = owner.exchange().read(used, storage, length, capacity, Objects.requireNonNull(channel));
            adapters = used;
        } finally {
            release();
        }
    }

    @Override
    public void close() {
        if (lock.isHeldByCurrentThread()) {
            throw new IllegalStateException("the cache is in use by the call this one was made from");
        }
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                storage.free();
                owner.forget(this);
            }
        } finally {
            lock.unlock();
        }
    }
}
