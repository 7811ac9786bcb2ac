package io.github.hanllama.core.engine.cpu;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed team of threads that share the items of one loop at a time. The caller is its first member; the others are daemon
 * threads that spin a little between loops, since the next one usually follows at once, and then park.
 *
 * <p>Items are taken one by one, or in runs that get shorter towards the end, so a thread that loses its core delays little.
 * One caller at a time.
 */
final class Team implements AutoCloseable {
    private static final long SPIN_NANOS = 50_000;
    private static final int SPINS_BETWEEN_LOOKS = 64;
    /** Runs that a member would take if all were as long as the next one. */
    private static final int RUNS = 2;

    private final Helper[] helpers;
    private volatile @Nullable Loop loop;
    private volatile boolean closed;

    Team(int size) {
        helpers = new Helper[size - 1];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] = new Helper(i + 1);
            helpers[i].start();
        }
    }

    /** Members, the caller included. */
    int size() {
        return helpers.length + 1;
    }

    /** Runs the body once for each item below {@code items} and returns when all have run. */
    void forEach(int items, Body body) {
        share(new Loop(items, items, (member, from, to) -> body.run(member, from)));
    }

    /**
     * Runs the body for neighbouring items at once, each item below {@code items} being in one run, and returns when all have
     * run. For what reads memory from end to end, which is slow to start.
     */
    void forEachRun(int items, RunBody body) {
        share(new Loop(items, RUNS * size(), body));
    }

    private void share(Loop shared) {
        if (shared.items > 1 && helpers.length > 0) {
            loop = shared;
            for (Helper helper : helpers) {
                helper.wake();
            }
        }
        shared.work(0);
        shared.await();
    }

    /**
     * Runs work that consists of such loops. A virtual thread would keep its carrier busy, so it waits while a platform
     * thread is the first member in its place.
     */
    void lead(Runnable work) {
        if (!Thread.currentThread().isVirtual()) {
            work.run();
            return;
        }
        FutureTask<Boolean> task = new FutureTask<>(work, true);
        Thread.ofPlatform().daemon().name("llama-compute-0").start(task);
        try {
            await(task);
        } catch (ExecutionException e) {
            rethrow(e.getCause());
        }
    }

    /** The work is not given up half-way: an interrupt is kept for the caller to see afterwards. */
    private static void await(FutureTask<?> task) throws ExecutionException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    task.get();
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void rethrow(@Nullable Throwable failure) {
        switch (failure) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    /** Ends the threads; loops that run are finished first by their caller. */
    @Override
    public void close() {
        closed = true;
        for (Helper helper : helpers) {
            helper.wake();
        }
    }

    /** What is done with one item. */
    @FunctionalInterface
    interface Body {
        /** @param member 0 for the caller, below {@link Team#size} for the others; for scratch memory */
        void run(int member, int item);
    }

    /** What is done with some items. */
    @FunctionalInterface
    interface RunBody {
        /** @param member as in {@link Body} */
        void run(int member, int from, int to);
    }

    private static final class Loop {
        private final int items;
        private final int runs;
        private final RunBody body;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger unfinished;
        private volatile @Nullable Throwable failure;
        private volatile @Nullable Thread waiting;

        /** @param runs how many the items that are left would be, each time some are taken */
        Loop(int items, int runs, RunBody body) {
            this.items = items;
            this.runs = runs;
            this.body = body;
            this.unfinished = new AtomicInteger(items);
        }

        void work(int member) {
            for (int from = next.get(); from < items; from = next.get()) {
                int to = from + Math.max(1, (items - from) / runs);
                if (next.compareAndSet(from, to)) {
                    work(member, from, to);
                }
            }
        }

        private void work(int member, int from, int to) {
            try {
                if (failure == null) {
                    body.run(member, from, to);
                }
            } catch (Throwable e) { // carried to the caller, whichever thread it happened on
                failure = e;
            } finally {
                if (unfinished.addAndGet(from - to) == 0) {
                    LockSupport.unpark(waiting);
                }
            }
        }

        void await() {
            Spin spin = new Spin();
            while (unfinished.get() > 0) {
                if (!spin.spin()) {
                    parkUntilFinished();
                }
            }
            rethrow(failure);
        }

        /**
         * Another process has a helper's core: the system can move it to this one when nobody runs here. As for helpers,
         * who waits is known before there is a last look.
         */
        private void parkUntilFinished() {
            waiting = Thread.currentThread();
            if (unfinished.get() > 0) {
                LockSupport.park(this);
            }
            waiting = null;
        }
    }

    private final class Helper extends Thread {
        private final int member;
        private volatile boolean parked;

        Helper(int member) {
            super("llama-compute-" + member);
            this.member = member;
            setDaemon(true);
        }

        /** Only a parked thread costs a system call. */
        void wake() {
            if (parked) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            Loop done = null;
            while (true) {
                Loop next = awaitOtherThan(done);
                if (next == null) {
                    return;
                }
                next.work(member);
                done = next;
            }
        }

        private @Nullable Loop awaitOtherThan(@Nullable Loop done) {
            Spin spin = new Spin();
            while (loop == done || loop == null) {
                if (closed) {
                    return null;
                }
                if (!spin.spin()) {
                    parkUnlessThereIs(done);
                }
            }
            return loop;
        }

        /** Says that it parks before it looks once more, so a loop or the end cannot slip through in between. */
        private void parkUnlessThereIs(@Nullable Loop done) {
            parked = true;
            if (loop == done && !closed) {
                LockSupport.park(this);
            }
            parked = false;
        }
    }

    /** Busy waiting for a bounded time. */
    private static final class Spin {
        private long start;
        private int count;
        private boolean spent;

        /** Waits a moment; false once the time is over. */
        boolean spin() {
            if (!spent) {
                Thread.onSpinWait();
                if (count == 0) {
                    start = System.nanoTime();
                }
                count++;
                spent = count % SPINS_BETWEEN_LOOKS == 0 && System.nanoTime() - start > SPIN_NANOS;
            }
            return !spent;
        }
    }
}
