package io.github.hanllama.benchmarks;

import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.InputForm;
import io.github.hanllama.quant.MatrixInput;
import io.github.hanllama.quant.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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
 * Products of packed matrices on one thread, in pairs {@code scalar} and {@code simd}, next to {@code read}, which only
 * touches the same bytes. {@code gigabytes} are weights per second, {@code gigaflops} two per weight and token.
 *
 * <p>Several matrices take turns, so that large ones come from memory as they do in a model.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class MatrixBenchmark {
    private static final long MIN_BYTES = 256 << 20;
    private static final int MAX_MATRICES = 8;

    @Param({"F32", "BF16", "F16", "Q8_0", "Q6_K", "Q5_K", "Q4_K", "Q4_0"})
    DType type;

    @Param({"11008x4096", "256x256"})
    String shape;

    @Param({"1", "36", "192"})
    int tokens;

    private final List<PackedMatrix> matrices = new ArrayList<>();
    private Arena arena = Arena.ofShared();
    private MemorySegment bytes = MemorySegment.NULL;
    private MatrixInput x = new MatrixInput(0);
    private float[] y = {};
    private int next;

    /** The work done, next to the number of products. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Volume {
        public double gigabytes;
        public double gigaflops;

        /** JMH starts each iteration from zero. */
        @Setup(Level.Iteration)
        public void reset() {
            gigabytes = 0;
            gigaflops = 0;
        }
    }

    /** Packs random matrices. */
    @Setup
    public void pack() {
        int rows = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
        int columns = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
        long size = PackedMatrix.byteSize(type, rows, columns);
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < Math.clamp(MIN_BYTES / size, 1, MAX_MATRICES); i++) {
            matrices.add(random(random, rows, columns));
        }
        bytes = arena.allocate(size, Long.BYTES);
        float[] activations = new float[tokens * columns];
        for (int i = 0; i < activations.length; i++) {
            activations[i] = (float) random.nextDouble(-1, 1);
        }
        x = new MatrixInput(columns);
        x.begin(IntStream.range(0, tokens).toArray(), EnumSet.of(form(matrices.getFirst())));
        for (int tile = 0; tile < x.tiles(); tile++) {
            x.pack(tile, activations);
        }
        y = new float[tokens * rows];
    }

    private PackedMatrix random(SplittableRandom random, int rows, int columns) {
        PackedMatrix.Packer packer = PackedMatrix.packer(type, rows, columns, arena);
        float[] row = new float[columns];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < columns; k++) {
                row[k] = (float) random.nextDouble(-0.04, 0.04);
            }
            packer.putFloats(i, 1, row, 0);
        }
        return packer.pack();
    }

    private InputForm form(PackedMatrix matrix) {
        return tokens == 1 ? matrix.generatedForm() : matrix.promptForm();
    }

    /** Frees them. */
    @TearDown
    public void free() {
        arena.close();
    }

    /** One product with the plain loops. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = "-Dllama.kernels=scalar")
    public float[] scalar(Volume volume) {
        return multiply(volume);
    }

    /** One product with the widest vectors. */
    @Benchmark
    @Fork(
            value = 1,
            jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
    public float[] simd(Volume volume) {
        return multiply(volume);
    }

    private float[] multiply(Volume volume) {
        PackedMatrix matrix = matrices.get(next++ % matrices.size());
        matrix.multiply(0, matrix.tiles(), x, form(matrix), y);
        double weights = (double) matrix.rows() * matrix.columns();
        volume.gigabytes += type.bytes((long) weights) / 1e9;
        volume.gigaflops += 2 * weights * tokens / 1e9;
        return y;
    }

    /** Adds up as many bytes as one matrix has. */
    @Benchmark
    @Fork(1)
    public long read(Volume volume) {
        long sum = 0;
        for (long at = 0; at < bytes.byteSize(); at += Long.BYTES) {
            sum += bytes.get(ValueLayout.JAVA_LONG, at);
        }
        volume.gigabytes += bytes.byteSize() / 1e9;
        return sum;
    }
}
