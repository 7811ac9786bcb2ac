package io.github.hanllama.benchmarks;

import io.github.hanllama.quant.DType;
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
 * Weights from f32 to their stored form and back on one thread, in pairs {@code scalar} and {@code simd}, next to {@code
 * read}, which only touches the stored bytes. {@code gigabytes} are stored ones, {@code giganumbers} weights.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CodecBenchmark {
    @Param({"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"})
    DType type;

    @Param("262144")
    int weights;

    private Arena arena = Arena.ofShared();
    private MemorySegment stored = MemorySegment.NULL;
    private MemorySegment target = MemorySegment.NULL;
    private float[] source = {};
    private float[] read = {};

    /** Quantizes once what is then read. */
    @Setup
    public void fill() {
        source = RandomFloats.within(0.04f, weights);
        read = new float[weights];
        stored = arena.allocate(type.bytes(weights), Long.BYTES);
        target = arena.allocate(stored.byteSize(), Long.BYTES);
        StoredFloats.write(type, source, 0, weights, stored, 0);
    }

    /** Frees it. */
    @TearDown
    public void free() {
        arena.close();
    }

    /** To the stored form with the plain loops. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = "-Dllama.kernels=scalar")
    public MemorySegment quantizeScalar(Numbers work) {
        return quantize(work);
    }

    /** To the stored form with the widest vectors. */
    @Benchmark
    @Fork(
            value = 1,
            jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
    public MemorySegment quantizeSimd(Numbers work) {
        return quantize(work);
    }

    private MemorySegment quantize(Numbers work) {
        StoredFloats.write(type, source, 0, weights, target, 0);
        work.add(target.byteSize(), weights);
        return target;
    }

    /** To f32 with the plain loops. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = "-Dllama.kernels=scalar")
    public float[] dequantizeScalar(Numbers work) {
        return dequantize(work);
    }

    /** To f32 with the widest vectors, for types that have a kernel. */
    @Benchmark
    @Fork(
            value = 1,
            jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
    public float[] dequantizeSimd(Numbers work) {
        return dequantize(work);
    }

    private float[] dequantize(Numbers work) {
        StoredFloats.read(type, stored, 0, read, 0, weights);
        work.add(stored.byteSize(), weights);
        return read;
    }

    /** Touches the stored weights. */
    @Benchmark
    @Fork(
            value = 1,
            jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
    public int read(Numbers work) {
        work.add(PlainRead.bytes(stored.byteSize()), 0);
        return PlainRead.of(stored);
    }
}
