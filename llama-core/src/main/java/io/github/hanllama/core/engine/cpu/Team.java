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
 * <p>Items are taken one by one, so a thread that loses its core delays no more than the item it holds. One caller at a
 * time.
 */
final class Team implements AutoCloseable {
    private static final long SPIN_NANOS = 50_000;
    private static final int SPINS_BETWEEN_LOOKS = 64;

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
        Loop shared = new Loop(items, body);
        if (items > 1 && helpers.length > 0) {
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

    private static final class Loop {
        private final int items;
        private final Body body;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger unfinished;
        private volatile @Nullable Throwable failure;
        private volatile @Nullable Thread waiting;

        Loop(int items, Body body) {
            this.items = items;
            this.body = body;
            this.unfinished = new AtomicInteger(items);
        }

        void work(int member) {
            for (int item = next.getAndIncrement(); item < items; item = next.getAndIncrement()) {
                try {
                    if (failure == null) {
                        body.run(member, item);
                    }
                } catch (Throwable e) { // carried to the caller, whichever thread it happened on
                    failure = e;
                } finally {
                    if (unfinished.decrementAndGet() == 0) {
                        LockSupport.unpark(waiting);
                    }
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
