package io.github.hanllama.core.progress;

import java.util.concurrent.CancellationException;

/** A switch that one thread throws and long work on others looks at. Thread-safe; cannot be undone. */
public final class Cancellation {
    private volatile boolean cancelled;

    /** Asks the work to stop at its next safe point. */
    public void cancel() {
        cancelled = true;
    }

    public boolean isCancelled() {
        return cancelled;
    }

    /** @throws CancellationException once {@link #cancel()} was called */
    public void throwIfCancelled() {
        if (cancelled) {
            throw new CancellationException("cancelled");
        }
    }
}
