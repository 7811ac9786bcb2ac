package io.github.hanllama.benchmarks;

import io.github.hanllama.quant.Activations;
import io.github.hanllama.quant.InputForm;
import io.github.hanllama.quant.MatrixInput;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumSet;
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
 * What a decoder computes between products, on one thread, in pairs {@code scalar} and {@code simd}, next to {@code read},
 * which only touches as many bytes. {@code gigabytes} are activations in f32 that are read, {@code giganumbers} results.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ActivationBenchmark {
    static final float EPS = 1e-5f;

    /** Kernels of one row. */
    public enum Operation {
        ADD,
        RMS_NORM,
        /** RoPE, every head of it. */
        ROTATE,
        /** With a copy of the gate, which it overwrites. */
        SWIGLU,
        /** For products in levels of eight bits. */
        ROUND_INT8,
        /** For products in f32: no arithmetic, an order. */
        TILE_F32
    }

    @Param
    Operation operation;

    @Param("4096")
    int width;

    @Param({"1", "64"})
    int tokens;

    @Param("128")
    int headDim;

    private Arena arena = Arena.ofShared();
    private MemorySegment bytes = MemorySegment.NULL;
    private MatrixInput input = new MatrixInput(0);
    private EnumSet<InputForm> form = EnumSet.noneOf(InputForm.class);
    private int[] rows = {};
    private float[] x = {};
    private float[] y = {};
    private float[] minusY = {};
    private float[] weight = {};
    private float[] cos = {};
    private float[] sin = {};
    private float[] out = {};
    private int calls;

    /** Makes activations. */
    @Setup
    public void fill() {
        x = RandomFloats.within(1, tokens * width);
        y = x.clone();
        minusY = x.clone();
        for (int i = 0; i < x.length; i++) {
            minusY[i] = -y[i];
        }
        weight = Arrays.copyOf(x, width);
        cos = new float[headDim / 2];
        sin = new float[headDim / 2];
        for (int i = 0; i < cos.length; i++) {
            cos[i] = (float) Math.cos(i);
            sin[i] = (float) Math.sin(i);
        }
        out = x.clone();
        rows = IntStream.range(0, tokens).toArray();
        input = new MatrixInput(width);
        form = EnumSet.of(operation == Operation.ROUND_INT8 ? InputForm.INT8 : InputForm.F32);
        bytes = arena.allocate(Float.BYTES * (long) x.length, Long.BYTES);
    }

    /** Frees them. */
    @TearDown
    public void free() {
        arena.close();
    }

    /** Every token once with the plain loops. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = "-Dllama.kernels=scalar")
    public Object scalar(Numbers work) {
        return compute(work);
    }

    /** Every token once with the widest vectors. */
    @Benchmark
    @Fork(
            value = 1,
            jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
    public Object simd(Numbers work) {
        return compute(work);
    }

    private Object compute(Numbers work) {
        boolean twoArrays = operation == Operation.ADD || operation == Operation.SWIGLU;
        work.add((twoArrays ? 2.0 : 1.0) * bytes.byteSize(), x.length);
        return switch (operation) {
            case ADD -> add();
            case RMS_NORM -> rmsNorm();
            case ROTATE -> rotate();
            case SWIGLU -> swiGlu();
            case ROUND_INT8, TILE_F32 -> pack();
        };
    }

    /** What one call adds the next takes away, so that nothing grows. */
    private float[] add() {
        float[] change = calls++ % 2 == 0 ? y : minusY;
        for (int t = 0; t < tokens; t++) {
            Activations.add(out, t * width, change, t * width, width);
        }
        return out;
    }

    private float[] rmsNorm() {
        for (int t = 0; t < tokens; t++) {
            Activations.rmsNorm(x, t * width, weight, EPS, out, t * width);
        }
        return out;
    }

    private float[] rotate() {
        for (int at = 0; at < out.length; at += headDim) {
            Activations.rotate(out, at, headDim / 2, cos, sin, 0);
        }
        return out;
    }

    private float[] swiGlu() {
        System.arraycopy(x, 0, out, 0, x.length);
        for (int t = 0; t < tokens; t++) {
            Activations.swiGlu(out, y, t * width, width);
        }
        return out;
    }

    private MatrixInput pack() {
        input.begin(rows, form);
        for (int tile = 0; tile < input.tiles(); tile++) {
            input.pack(tile, x);
        }
        return input;
    }

    /** Touches as many bytes as the activations have. */
    @Benchmark
    @Fork(
            value = 1,
            jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
    public int read(Numbers work) {
        work.add(PlainRead.bytes(bytes.byteSize()), 0);
        return PlainRead.of(bytes);
    }
}
