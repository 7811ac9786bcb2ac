package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.engine.KvCache;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
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

    void grow(int positions) {
        length += positions;
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
                copy.fill(storage, length);
            } catch (RuntimeException e) {
                copy.close();
                throw e;
            }
            return copy;
        } finally {
            release();
        }
    }

    private void fill(S source, int positions) {
        claim();
        try {
            owner.decoder().copy(source, storage, positions);
            length = positions;
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
            owner.exchange().write(storage, from, to, Objects.requireNonNull(channel));
        } finally {
            release();
        }
    }

    @Override
    public void importFrom(ReadableByteChannel channel) throws IOException {
        claim();
        try {
            length = owner.exchange().read(storage, length, capacity, Objects.requireNonNull(channel));
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
