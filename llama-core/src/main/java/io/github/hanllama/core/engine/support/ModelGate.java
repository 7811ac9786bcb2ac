package io.github.hanllama.core.engine.support;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Lets passes in one by one, in the order they came, until the model is closed. */
final class ModelGate {
    private final ReentrantLock turn = new ReentrantLock(true);
    private volatile boolean closed;
    private boolean freed; // guarded by turn

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("model is closed");
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Runs the pass when it is its turn; those still waiting when the model closes are refused. */
    <T> T pass(Supplier<T> pass) {
        requireOpen();
        requireOutside("forward");
        turn.lock();
        try {
            requireOpen();
            return pass.get();
        } finally {
            turn.unlock();
        }
    }

    /** Refuses new passes, waits for the one in flight and frees, once. */
    void close(Runnable free) {
        requireOutside("close");
        closed = true;
        turn.lock();
        try {
            if (!freed) {
                freed = true;
                free.run();
            }
        } finally {
            turn.unlock();
        }
    }

    /** Runs the body while no pass does; also after closing. */
    void betweenPasses(String method, Runnable body) {
        requireOutside(method);
        turn.lock();
        try {
            body.run();
        } finally {
            turn.unlock();
        }
    }

    private void requireOutside(String method) {
        if (turn.isHeldByCurrentThread()) {
            throw new IllegalStateException(method + "() was called from inside a forward pass of the same model");
        }
    }
}
