package io.github.hanllama.benchmarks;

import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.PackedMatrix;
import io.github.hanllama.quant.StoredFloats;
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
 * Stored weights into the layout of the kernels on one thread, as at loading, next to {@code copy}, which leaves their order
 * as it is, and {@code read}, which only touches them. {@code gigabytes} are stored ones, each counted once.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PackBenchmark {
    @Param({"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"})
    DType type;

    @Param("11008")
    int rows;

    @Param("4096")
    int columns;

    private Arena arena = Arena.ofShared();
    private MemorySegment stored = MemorySegment.NULL;
    private MemorySegment copied = MemorySegment.NULL;
    private PackedMatrix.Packer packer = PackedMatrix.packer(DType.F32, 1, 1, arena);

    /** Makes stored weights: a few rows over and over, for quantizing them one by one would take minutes. */
    @Setup
    public void fill() {
        int some = PackedMatrix.TILE * columns;
        MemorySegment tile = arena.allocate(type.bytes(some), Long.BYTES);
        StoredFloats.write(type, RandomFloats.within(0.04f, some), 0, some, tile, 0);
        stored = arena.allocate(type.bytes((long) rows * columns), Long.BYTES);
        for (long at = 0; at < stored.byteSize(); at += tile.byteSize()) {
            long length = Math.min(tile.byteSize(), stored.byteSize() - at);
            MemorySegment.copy(tile, 0, stored, at, length);
        }
        copied = arena.allocate(stored.byteSize(), Long.BYTES);
        packer = PackedMatrix.packer(type, rows, columns, arena);
    }

    /** Frees them. */
    @TearDown
    public void free() {
        arena.close();
    }

    /** Every row to its place beside others. */
    @Benchmark
    public PackedMatrix pack(Numbers work) {
        packer.putStored(0, rows, stored, 0);
        work.add(stored.byteSize(), (double) rows * columns);
        return packer.pack();
    }

    /** The same bytes in the same order. */
    @Benchmark
    public MemorySegment copy(Numbers work) {
        copied.copyFrom(stored);
        work.add(stored.byteSize(), 0);
        return copied;
    }

    /** Touches them. */
    @Benchmark
    public int read(Numbers work) {
        work.add(PlainRead.bytes(stored.byteSize()), 0);
        return PlainRead.of(stored);
    }

    MemorySegment stored() {
        return stored;
    }
}
