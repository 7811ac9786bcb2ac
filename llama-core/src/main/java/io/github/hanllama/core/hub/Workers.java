package io.github.hanllama.core.hub;

import io.github.hanllama.core.progress.Cancellation;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A few threads that do tasks in order. The first failure stops the others, and all have ended when it is thrown. The
 * caller's interrupt does not reach them: it would close the files under their hands. They are asked to stop instead.
 */
final class Workers {
    private final String name;
    private final int threads;
    private final Cancellation stop;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Workers(String name, int threads, Cancellation cancellation) {
        this.name = name;
        this.threads = threads;
        this.stop = cancellation.child(Optional.empty());
    }

    /** Some work; it ends soon once it is asked to stop. */
    @FunctionalInterface
    interface Task {
        void run(Cancellation stop) throws Exception;
    }

    /** A task has failed. */
    static final class Failed extends Exception {
        private static final long serialVersionUID = 1;

        private final transient Throwable reason;

        Failed(Throwable reason) {
            super(reason);
            this.reason = reason;
        }

        /** What it threw. */
        Throwable reason() {
            return reason;
        }
    }

    void run(List<Task> tasks) throws Failed {
        Iterator<Task> queue = tasks.iterator();
        List<Thread> running = new ArrayList<>();
        for (int i = 0; i < Math.min(threads, tasks.size()); i++) {
            running.add(Thread.ofPlatform().daemon().name(name, i).start(() -> work(queue)));
        }
        boolean interrupted = join(running);
        Throwable first = failure.get();
        if (interrupted) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        }
        if (first != null) {
            throw new Failed(first);
        }
    }

    private void work(Iterator<Task> queue) {
        try {
            for (Optional<Task> task = next(queue); task.isPresent(); task = next(queue)) {
                stop.throwIfCancelled();
                task.get().run(stop);
            }
        } catch (Throwable e) { // the caller throws it
            failure.compareAndSet(null, e);
            stop.cancel();
        }
    }

    private static Optional<Task> next(Iterator<Task> queue) {
        synchronized (queue) {
            return queue.hasNext() ? Optional.of(queue.next()) : Optional.empty();
        }
    }

    private boolean join(List<Thread> running) {
        boolean interrupted = false;
        for (Thread thread : running) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                    stop.cancel();
                }
            }
        }
        return interrupted;
    }
}
