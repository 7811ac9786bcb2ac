package io.github.hanllama.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.hanllama.quant.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttentionBenchmarkTest {
    private static final int HEADS = 2;
    private static final int SHARING = 3;
    private static final int DIM = 32;
    private static final int POSITIONS = 64;
    private static final int TOKENS = 20;

    @ParameterizedTest
    @CsvSource({"F32, 1e-5", "F16, 1e-3", "Q8_0, 2e-2"})
    void attention_isTheDefinitionAndCounted(DType type, float error) {
        AttentionBenchmark benchmark = new AttentionBenchmark();
        benchmark.type = type;
        benchmark.heads = HEADS + "x" + SHARING + "x" + DIM;
        benchmark.positions = POSITIONS;
        benchmark.tokens = TOKENS;
        benchmark.fill();
        Products work = new Products();

        assertThat(benchmark.simd(work)).containsExactly(expected(), within(error));
        assertThat(benchmark.scalar(work)).containsExactly(expected(), within(error));
        double numbers = 2.0 * HEADS * POSITIONS * DIM;
        double bytes = type == DType.Q8_0 ? numbers * 34 / 32 : type.bytes((long) numbers);
        assertThat(work.gigabytes).isCloseTo(2 * bytes / 1e9, within(1e-12));
        assertThat(work.gigaflops).isCloseTo(2 * 4.0 * TOKENS * HEADS * SHARING * DIM * POSITIONS / 1e9, within(1e-12));
        assertThat(benchmark.read(work)).isZero();
        benchmark.free();
    }

    /** Key and value of a position are the numbers from that position on, for every head. */
    private static float[] expected() {
        float[] cache = RandomFloats.within(1, DIM + POSITIONS);
        float[] queries = RandomFloats.within(1, TOKENS * HEADS * SHARING * DIM);
        float[] out = new float[queries.length];
        for (int query = 0; query < TOKENS * HEADS * SHARING; query++) {
            int seen = POSITIONS - TOKENS + query / (HEADS * SHARING) + 1;
            double sum = 0;
            double[] mean = new double[DIM];
            for (int position = 0; position < seen; position++) {
                double score = 0;
                for (int i = 0; i < DIM; i++) {
                    score += (double) queries[query * DIM + i] * cache[position + i];
                }
                double weight = Math.exp(score / Math.sqrt(DIM));
                sum += weight;
                for (int i = 0; i < DIM; i++) {
                    mean[i] += weight * cache[position + i];
                }
            }
            for (int i = 0; i < DIM; i++) {
                out[query * DIM + i] = (float) (mean[i] / sum);
            }
        }
        return out;
    }
}
