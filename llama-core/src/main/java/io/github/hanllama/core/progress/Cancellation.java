package io.github.hanllama.core.progress;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** A switch that one thread throws and long work on others looks at. Thread-safe; cannot be undone. */
public final class Cancellation {
    private static final BooleanSupplier NEVER = () -> false;

    private final BooleanSupplier outer;
    private volatile boolean cancelled;

    public Cancellation() {
        this(NEVER);
    }

    private Cancellation(BooleanSupplier outer) {
        this.outer = outer;
    }

    /** A switch of its own that counts as thrown, too, once this one is or that much time has passed. */
    public Cancellation child(Optional<Duration> timeout) {
        if (timeout.isEmpty()) {
            return new Cancellation(this::isCancelled);
        }
        long start = System.nanoTime();
        long nanos = saturatedNanos(timeout.get());
        return new Cancellation(() -> isCancelled() || System.nanoTime() - start >= nanos);
    }

    /** Asks the work to stop at its next safe point. */
    public void cancel() {
        cancelled = true;
    }

    public boolean isCancelled() {
        return cancelled || outer.getAsBoolean();
    }

    /** @throws CancellationException once {@link #cancel()} was called */
    public void throwIfCancelled() {
        if (isCancelled()) {
            throw new CancellationException("cancelled");
        }
    }

    private static long saturatedNanos(Duration duration) {
        return duration.compareTo(Duration.ofNanos(Long.MAX_VALUE)) < 0 ? duration.toNanos() : Long.MAX_VALUE;
    }
}
