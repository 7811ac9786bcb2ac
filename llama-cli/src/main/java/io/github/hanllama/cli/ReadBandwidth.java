package io.github.hanllama.cli;

import io.github.hanllama.quant.MemoryRead;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** How fast threads read memory that no cache holds. */
final class ReadBandwidth implements AutoCloseable {
    /** Of each thread: several times a last-level cache. */
    private static final long BYTES = 256 << 20;
    /** Of a call, so that the JIT compiler sees many: it replaces a method between two of them only. */
    private static final long PIECE = 1 << 20;

    private static final int MOST_WARM_UPS = 8;
    private static final double FASTER = 1.1;

    private final int threads;
    private final ExecutorService team;
    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> parts;

    ReadBandwidth(int threads) {
        this.threads = threads;
        team = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().daemon().factory());
        parts = IntStream.range(0, threads)
                .mapToObj(part -> arena.allocate(BYTES, 64).fill((byte) (part + 1)))
                .toList();
        warmUp();
    }

    /** Compiles the loop, and anew for what one measurement has shown the compiler. */
    private void warmUp() {
        double last = 0;
        double now = measure();
        for (int i = 0; i < MOST_WARM_UPS && now > FASTER * last; i++) {
            last = now;
            now = measure();
        }
    }

    /** Bytes per second of all threads together. */
    double measure() {
        long start = System.nanoTime();
        List<Callable<Integer>> reads =
                parts.stream().map(part -> (Callable<Integer>) () -> read(part)).toList();
        try {
            for (Future<Integer> read : team.invokeAll(reads)) {
                read.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
        return threads * BYTES * 1e9 / (System.nanoTime() - start);
    }

    private static int read(MemorySegment part) {
        int bits = 0;
        for (long at = 0; at < BYTES; at += PIECE) {
            bits ^= MemoryRead.xor(part, at, PIECE);
        }
        return bits;
    }

    @Override
    public void close() {
        team.close();
        arena.close();
    }
}
