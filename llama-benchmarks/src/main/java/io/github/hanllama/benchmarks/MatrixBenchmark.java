package io.github.hanllama.benchmarks;

import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.InputForm;
import io.github.hanllama.quant.MatrixInput;
import io.github.hanllama.quant.PackedMatrix;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
 * Products of packed matrices on one thread, in pairs {@code scalar} and {@code simd}, next to {@code read}, which only
 * touches the same bytes. {@code gigabytes} are those of the weights as they were stored, {@code gigaflops} two per weight and
 * token.
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

    @Param({"F32", "BF16", "F16", "Q8_0", "Q6_K", "Q5_K", "Q4_K", "Q3_K", "Q2_K", "Q5_1", "Q5_0", "Q4_1", "Q4_0"})
    DType type;

    @Param({"11008x4096", "256x256"})
    String shape;

    /** How many, and in which phase: it decides what kernels run. */
    @Param({"generated 1", "generated 4", "prompt 36", "prompt 192"})
    String tokens;

    private final List<PackedMatrix> matrices = new ArrayList<>();
    private Arena arena = Arena.ofShared();
    private InputForm form = InputForm.F32;
    private MatrixInput x = new MatrixInput(0);
    private float[] y = {};
    private int next;

    /** Packs random matrices. */
    @Setup
    public void pack() {
        int rows = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
        int columns = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
        long size = PackedMatrix.byteSize(type, rows, columns);
        MemorySegment stored = stored(columns);
        for (int i = 0; i < Math.clamp(MIN_BYTES / size, 1, MAX_MATRICES); i++) {
            matrices.add(packed(stored, rows, columns));
        }
        PackedMatrix matrix = matrices.getFirst();
        form = tokens.startsWith("prompt ") ? matrix.promptForm() : matrix.generatedForm();
        int count = Integer.parseInt(tokens.substring(tokens.indexOf(' ') + 1));
        float[] activations = RandomFloats.within(1, count * columns);
        x = new MatrixInput(columns);
        x.begin(IntStream.range(0, count).toArray(), EnumSet.of(form));
        for (int tile = 0; tile < x.tiles(); tile++) {
            x.pack(tile, activations);
        }
        y = new float[count * rows];
    }

    /** A few rows, of which all matrices are made: quantizing them one by one would take minutes. */
    private MemorySegment stored(int columns) {
        int count = PackedMatrix.TILE * columns;
        MemorySegment stored = arena.allocate(type.bytes(count), Long.BYTES);
        StoredFloats.write(type, RandomFloats.within(0.04f, count), 0, count, stored, 0);
        return stored;
    }

    private PackedMatrix packed(MemorySegment stored, int rows, int columns) {
        PackedMatrix.Packer packer = PackedMatrix.packer(type, rows, columns, arena);
        for (int row = 0; row < rows; row += PackedMatrix.TILE) {
            packer.putStored(row, Math.min(PackedMatrix.TILE, rows - row), stored, 0);
        }
        return packer.pack();
    }

    /** Frees them. */
    @TearDown
    public void free() {
        arena.close();
    }

    /** One product with the plain loops. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = "-Dllama.kernels=scalar")
    public float[] scalar(Products work) {
        return multiply(work);
    }

    /** One product with the widest vectors. */
    @Benchmark
    @Fork(
            value = 1,
            jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
    public float[] simd(Products work) {
        return multiply(work);
    }

    private float[] multiply(Products work) {
        PackedMatrix matrix = nextMatrix();
        matrix.multiply(0, matrix.tiles(), x, form, y);
        double weights = (double) matrix.rows() * matrix.columns();
        work.add(type.bytes((long) weights), 2 * weights * x.size());
        return y;
    }

    private PackedMatrix nextMatrix() {
        return matrices.get(next++ % matrices.size());
    }

    /** Touches what a product reads. */
    @Benchmark
    @Fork(
            value = 1,
            jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
    public int read(Products work) {
        MemorySegment packed = nextMatrix().packed();
        work.add(PlainRead.bytes(packed.byteSize()), 0);
        return PlainRead.of(packed);
    }

    PackedMatrix matrix() {
        return matrices.getFirst();
    }
}
