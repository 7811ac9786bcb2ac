package io.github.hanllama.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.hanllama.benchmarks.ActivationBenchmark.Operation;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.InputForm;
import io.github.hanllama.quant.MatrixInput;
import io.github.hanllama.quant.PackedMatrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ActivationBenchmarkTest {
    private static final int WIDTH = 64;
    private static final int TOKENS = 3;
    private static final int HEAD_DIM = 16;

    private final ActivationBenchmark benchmark = new ActivationBenchmark();
    private final Numbers work = new Numbers();
    private final float[] x = RandomFloats.within(1, TOKENS * WIDTH);

    private void fill(Operation operation) {
        benchmark.operation = operation;
        benchmark.width = WIDTH;
        benchmark.tokens = TOKENS;
        benchmark.headDim = HEAD_DIM;
        benchmark.fill();
    }

    @AfterEach
    void free() {
        benchmark.free();
    }

    @Test
    void add_thenTheSameAway() {
        fill(Operation.ADD);
        assertThat((float[]) benchmark.scalar(work)).containsExactly(values(i -> x[i] + x[i]), within(0f));
        assertThat((float[]) benchmark.simd(work)).containsExactly(x, within(0f));
        assertThat(work.gigabytes).isCloseTo(2 * 2 * 4 * x.length / 1e9, within(1e-15));
        assertThat(work.giganumbers).isCloseTo(2 * x.length / 1e9, within(1e-15));
    }

    @Test
    void rmsNorm_everyToken() {
        fill(Operation.RMS_NORM);
        float[] expected = values(i -> x[i % WIDTH] * x[i] / rms(i / WIDTH * WIDTH));
        assertThat((float[]) benchmark.scalar(work)).containsExactly(expected, within(1e-5f));
        assertThat((float[]) benchmark.simd(work)).containsExactly(expected, within(1e-5f));
        assertThat(work.gigabytes).isCloseTo(2 * 4 * x.length / 1e9, within(1e-15));
    }

    private double rms(int from) {
        double squares = 0;
        for (int i = from; i < from + WIDTH; i++) {
            squares += (double) x[i] * x[i];
        }
        return Math.sqrt(squares / WIDTH + ActivationBenchmark.EPS);
    }

    @Test
    void rotate_everyHead() {
        fill(Operation.ROTATE);
        int half = HEAD_DIM / 2;
        float[] expected = values(i -> i % HEAD_DIM < half
                ? x[i] * Math.cos(i % half) - x[i + half] * Math.sin(i % half)
                : x[i] * Math.cos(i % half) + x[i - half] * Math.sin(i % half));
        assertThat((float[]) benchmark.simd(work)).containsExactly(expected, within(1e-5f));
    }

    @Test
    void swiGlu_twice_startsOver() {
        fill(Operation.SWIGLU);
        float[] expected = values(i -> x[i] / (1 + Math.exp(-x[i])) * x[i]);
        assertThat((float[]) benchmark.scalar(work)).containsExactly(expected, within(1e-6f));
        assertThat((float[]) benchmark.simd(work)).containsExactly(expected, within(1e-6f));
    }

    /** Seen through a product with a matrix of ones. */
    @ParameterizedTest
    @CsvSource({"ROUND_INT8, INT8, Q8_0, 0.05", "TILE_F32, F32, F32, 1e-5"})
    void packed_everyToken(Operation operation, InputForm form, DType type, double error) {
        fill(operation);
        MatrixInput input = (MatrixInput) benchmark.simd(work);
        float[] y = new float[TOKENS];
        try (Arena arena = Arena.ofConfined()) {
            PackedMatrix.Packer packer = PackedMatrix.packer(type, 1, WIDTH, arena);
            float[] ones = new float[WIDTH];
            Arrays.fill(ones, 1);
            packer.putFloats(0, 1, ones, 0);
            packer.pack().multiply(0, 1, input, form, y);
        }
        for (int t = 0; t < TOKENS; t++) {
            double sum = 0;
            for (int i = 0; i < WIDTH; i++) {
                sum += x[t * WIDTH + i];
            }
            assertThat((double) y[t]).isCloseTo(sum, within(error));
        }
    }

    @Test
    void read_countsWhatItReads() {
        fill(Operation.ADD);
        assertThat(benchmark.read(work)).isZero();
        assertThat(work.gigabytes).isEqualTo(4 * x.length / 1e9);
    }

    private float[] values(IntToDoubleFunction value) {
        float[] values = new float[x.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) value.applyAsDouble(i);
        }
        return values;
    }
}
