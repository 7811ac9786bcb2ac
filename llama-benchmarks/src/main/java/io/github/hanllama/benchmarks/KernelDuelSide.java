package io.github.hanllama.benchmarks;

import io.github.hanllama.quant.DType;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * One build of {@code llama-quant} on one thread of a {@link KernelDuel}: of a class loader of its own, so it is known to the
 * other side by nothing but the JDK's interfaces. Closing it frees its matrices.
 */
public final class KernelDuelSide implements DoubleUnaryOperator, AutoCloseable {
    private final MatrixBenchmark benchmark = new MatrixBenchmark();

    /** As the parameters of {@link MatrixBenchmark}. */
    public KernelDuelSide(String type, String shape, String tokens) {
        benchmark.type = DType.valueOf(type);
        benchmark.shape = shape;
        benchmark.tokens = tokens;
        benchmark.pack();
    }

    /**
     * Multiplies for so many seconds and says how many GFLOP/s that were; of no seconds, multiplies once and gives a hash of the
     * result's bits.
     */
    @Override
    public double applyAsDouble(double seconds) {
        Products work = new Products();
        if (seconds == 0) {
            return Arrays.hashCode(benchmark.simd(work));
        }
        long start = System.nanoTime();
        long nanos;
        do {
            benchmark.simd(work);
            nanos = System.nanoTime() - start;
        } while (nanos < seconds * 1e9);
        return work.gigaflops / nanos * 1e9;
    }

    @Override
    public void close() {
        benchmark.free();
    }
}
