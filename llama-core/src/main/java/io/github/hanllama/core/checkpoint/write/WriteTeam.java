package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.core.progress.Progress.Stage;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Runs jobs in order on a few daemon threads and waits for all of them: after the first failure, and when the caller is
 * interrupted or cancels, each stops at its next tile. The threads are the team's own, so that interrupting the caller
 * never closes a channel that others write to.
 */
public final class WriteTeam {
    private final List<WriteJob> jobs;
    private final WriteOptions options;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Map<Stage, AtomicLong> done = new EnumMap<>(Stage.class);
    private final Map<Stage, Long> total = new EnumMap<>(Stage.class);

    private WriteTeam(List<WriteJob> jobs, WriteOptions options) {
        this.jobs = jobs;
        this.options = options;
        for (WriteJob job : jobs) {
            total.merge(job.stage(), job.bytes(), Long::sum);
            done.putIfAbsent(job.stage(), new AtomicLong());
        }
    }

    public static void run(List<WriteJob> jobs, WriteOptions options) {
        new WriteTeam(jobs, options).run();
    }

    private void run() {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < Math.min(options.threads(), jobs.size()); i++) {
            threads.add(Thread.ofPlatform().daemon().name("llama-write-" + i).start(this::work));
        }
        threads.forEach(this::join);
        Throwable thrown = failure.get();
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
        if (thrown instanceof Error error) {
            throw error;
        }
    }

    private void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
                failure.compareAndSet(null, new CancellationException("interrupted"));
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        try {
            for (int i = next.getAndIncrement(); i < jobs.size(); i = next.getAndIncrement()) {
                WriteJob job = jobs.get(i);
                job.run(bytes -> step(job, bytes));
            }
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
    }

    private void step(WriteJob job, long bytes) {
        options.cancellation().throwIfCancelled();
        if (failure.get() != null) {
            throw new CancellationException("another part failed");
        }
        AtomicLong counter = done.get(job.stage());
        long sum = counter == null ? bytes : counter.addAndGet(bytes);
        options.listener().onProgress(new Progress(job.stage(), job.what(), sum, total.getOrDefault(job.stage(), -1L)));
    }
}
