package io.github.hanllama.core.generation;

import io.github.hanllama.core.progress.Cancellation;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;

/** Lets so many texts be written at the same time, first come, first served, and knows which. Thread-safe. */
final class Turnstile {
    private static final int POLL_MILLIS = 10;

    private final Queue<Generation> waiting = new ArrayDeque<>(); // this and the rest guarded by this
    private final Set<Generation> inside = new HashSet<>();
    private int free;
    private boolean closed;

    Turnstile(int places) {
        free = places;
    }

    /**
     * Waits for a place for each of the generation's texts; false when the switch is thrown, or the thread interrupted,
     * before there are enough.
     */
    synchronized boolean enter(Generation generation, Cancellation cancellation) {
        waiting.add(generation);
        try {
            while (waiting.peek() != generation || free < generation.texts()) {
                if (closed || cancellation.isCancelled()) {
                    return false;
                }
                wait(POLL_MILLIS);
            }
            if (closed || cancellation.isCancelled()) {
                return false;
            }
            free -= generation.texts();
            return inside.add(generation);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            waiting.remove(generation);
            notifyAll();
        }
    }

    synchronized void leave(Generation generation) {
        if (inside.remove(generation)) {
            free += generation.texts();
            notifyAll();
        }
    }

    synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException("generator is closed");
        }
    }

    /** Lets nobody in any more and ends what is being written, after the step in flight. */
    void close() {
        shut().forEach(Generation::close); // outside the lock: a generation that ends leaves
    }

    private synchronized List<Generation> shut() {
        closed = true;
        notifyAll();
        return List.copyOf(inside);
    }
}
