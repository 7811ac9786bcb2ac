package io.github.hanllama.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatrixBenchmarkTest {
    private static final int ROWS = 70;
    private static final int COLUMNS = 256;

    /** Rounded activations, which generated tokens meet blocks with and prompts four bits on some machines, cost the larger error. */
    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({
        "BF16, generated 1, 1, 1e-4",
        "F32, prompt 7, 7, 1e-4",
        "Q8_0, generated 1, 1, 2e-2",
        "Q4_0, generated 4, 4, 2e-2",
        "Q5_0, prompt 7, 7, 1e-4",
        "Q4_0, prompt 7, 7, 2e-2",
        "Q6_K, generated 1, 1, 2e-2"
    })
    void products_areTheDefinitionAndCounted(DType type, String tokens, int count, float error) {
        MatrixBenchmark benchmark = new MatrixBenchmark();
        benchmark.type = type;
        benchmark.shape = ROWS + "x" + COLUMNS;
        benchmark.tokens = tokens;
        benchmark.pack();
        Products work = new Products();

        assertThat(benchmark.simd(work)).containsExactly(expected(type, count), within(error));
        assertThat(benchmark.scalar(work)).containsExactly(expected(type, count), within(error));
        assertThat(work.gigaflops).isCloseTo(2.0 * 2 * count * ROWS * COLUMNS / 1e9, within(1e-12));
        assertThat(work.gigabytes).isCloseTo(2 * type.bytes(ROWS * COLUMNS) / 1e9, within(1e-12));
        benchmark.free();
    }

    private static float[] expected(DType type, int tokens) {
        float[] weights = RandomFloats.within(0.04f, 64 * COLUMNS); // of 64 rows, then the same again
        MemorySegment stored = MemorySegment.ofArray(new byte[(int) type.bytes(weights.length)]);
        StoredFloats.write(type, weights, 0, weights.length, stored, 0);
        StoredFloats.read(type, stored, 0, weights, 0, weights.length);
        float[] x = RandomFloats.within(1, tokens * COLUMNS);
        float[] y = new float[tokens * ROWS];
        for (int i = 0; i < y.length; i++) {
            double sum = 0;
            for (int k = 0; k < COLUMNS; k++) {
                sum += (double) weights[i % ROWS % 64 * COLUMNS + k] * x[i / ROWS * COLUMNS + k];
            }
            y[i] = (float) sum;
        }
        return y;
    }

    @ParameterizedTest
    @CsvSource({"F16", "Q4_K"})
    void read_countsPackedBytes(DType type) {
        MatrixBenchmark benchmark = new MatrixBenchmark();
        benchmark.type = type;
        benchmark.shape = "64x256";
        benchmark.tokens = "prompt 1";
        benchmark.pack();
        Products work = new Products();
        int read = benchmark.read(work);
        MemorySegment packed = benchmark.matrix().packed();
        assertThat(read).isEqualTo(Words.xor(packed, packed.byteSize())).isNotZero();
        assertThat(work.gigabytes).isEqualTo(packed.byteSize() / 1e9);
        benchmark.free();
    }
}
