package io.github.hanllama.pytorch;

import ai.djl.pytorch.jni.JniUtils;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;

/**
 * The platform thread of one model that calls libtorch: some of libtorch's settings belong to a thread, and a native call
 * would pin a virtual thread to its carrier. Whoever calls waits.
 */
final class TorchThread implements AutoCloseable {
    private final LinkedBlockingQueue<FutureTask<?>> tasks = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile boolean closed;

    /** @param threads that libtorch may use for one operator */
    TorchThread(int threads) {
        thread = Thread.ofPlatform().daemon().name("llama-pytorch").start(() -> work(threads));
    }

    private void work(int threads) {
        JniUtils.setGraphExecutorOptimize(false); // of this thread: slower, and merges buffers that look alike
        JniUtils.setNumThreads(threads);
        while (!closed) {
            try {
                tasks.take().run();
            } catch (InterruptedException e) {
                // only close() ends it
            }
        }
    }

    /** Runs it there and throws what it throws. */
    <T> T call(Supplier<T> work) {
        return Thread.currentThread() == thread ? work.get() : await(start(work));
    }

    /** Starts it there; somebody has to await it. */
    <T> FutureTask<T> start(Supplier<T> work) {
        if (closed) {
            throw new IllegalStateException("model is closed");
        }
        FutureTask<T> task = new FutureTask<>(work::get);
        tasks.add(task);
        return task;
    }

    void run(Runnable work) {
        call(() -> {
            work.run();
            return true;
        });
    }

    /** Also when interrupted: what runs cannot be stopped, and uses what the caller would free. */
    static <T> T await(FutureTask<T> task) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw rethrown(e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException rethrown(ExecutionException e) {
        return switch (e.getCause()) {
            case Error error -> throw error;
            case RuntimeException thrown -> thrown;
            case null, default -> new IllegalStateException(e); // work throws nothing else
        };
    }

    /** Nothing may be called afterwards. */
    @Override
    public void close() {
        run(() -> closed = true);
    }
}
