package io.github.hanllama.benchmarks;

import io.github.hanllama.quant.LowRankUpdate;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A LoRA's rows added to a tile of f32 weights on one thread, in pairs {@code scalar} and {@code simd}, next to {@code
 * read}, which only touches as many bytes as the tile has. {@code gigabytes} are the tile's.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LowRankBenchmark {
    static final float SCALE = 0.001f;

    @Param({"8", "64"})
    int rank;

    @Param("256")
    int rows;

    @Param("4096")
    int columns;

    private Arena arena = Arena.ofShared();
    private MemorySegment bytes = MemorySegment.NULL;
    private float[] b = {};
    private float[] a = {};
    private LowRankUpdate update = LowRankUpdate.of(b, a, 1, SCALE);
    private float[] tile = {};

    /** Makes the factors and the tile. */
    @Setup
    public void fill() {
        b = RandomFloats.within(1, rows * rank);
        a = RandomFloats.within(1, rank * columns);
        update = LowRankUpdate.of(b, a, rank, SCALE);
        tile = new float[rows * columns];
        bytes = arena.allocate(Float.BYTES * (long) tile.length, Long.BYTES);
    }

    /** Frees them. */
    @TearDown
    public void free() {
        arena.close();
    }

    /** All rows with the plain loops. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = "-Dllama.kernels=scalar")
    public float[] scalar(Products work) {
        return add(work);
    }

    /** All rows with the widest vectors. */
    @Benchmark
    @Fork(
            value = 1,
            jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
    public float[] simd(Products work) {
        return add(work);
    }

    private float[] add(Products work) {
        update.addTo(tile, 0, rows);
        work.add(bytes.byteSize(), 2.0 * rank * tile.length);
        return tile;
    }

    /** Touches as many bytes as the tile has. */
    @Benchmark
    @Fork(
            value = 1,
            jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
    public int read(Products work) {
        work.add(PlainRead.bytes(bytes.byteSize()), 0);
        return PlainRead.of(bytes);
    }
}
