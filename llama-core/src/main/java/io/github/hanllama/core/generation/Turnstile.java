package io.github.hanllama.core.generation;

import io.github.hanllama.core.progress.Cancellation;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Lets so many texts be written at the same time, and knows which. Thread-safe. */
final class Turnstile {
    private static final int POLL_MILLIS = 10;

    private final Semaphore places;
    private final Set<Generation> present = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    Turnstile(int places) {
        this.places = new Semaphore(places, true);
    }

    /** Waits for a place; false when the switch is thrown, or the thread interrupted, before there is one. */
    boolean enter(Generation generation, Cancellation cancellation) {
        present.add(generation);
        boolean entered = !closed && acquire(cancellation);
        if (!entered) {
            present.remove(generation);
        }
        return entered;
    }

    void leave(Generation generation) {
        if (present.remove(generation)) {
            places.release();
        }
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("generator is closed");
        }
    }

    /** Lets nobody in any more and ends what is being written, after the step in flight. */
    void close() {
        closed = true;
        present.forEach(Generation::close);
    }

    private boolean acquire(Cancellation cancellation) {
        try {
            while (!cancellation.isCancelled()) {
                if (places.tryAcquire(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                    return true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }
}
