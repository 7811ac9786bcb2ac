package io.github.hanllama.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LowRankBenchmarkTest {
    @Test
    void update_twice_isTheDefinitionToTheBitAndCounted() {
        LowRankBenchmark benchmark = new LowRankBenchmark();
        benchmark.rank = 3;
        benchmark.rows = 5;
        benchmark.columns = 70;
        benchmark.fill();
        Products work = new Products();
        benchmark.scalar(work);
        assertThat(benchmark.simd(work)).isEqualTo(twice(5, 3, 70));
        assertThat(work.gigabytes).isEqualTo(2 * 4 * 350 / 1e9);
        assertThat(work.gigaflops).isEqualTo(2 * 2 * 3 * 350 / 1e9);
        assertThat(benchmark.read(work)).isZero();
        benchmark.free();
    }

    private static float[] twice(int rows, int rank, int columns) {
        float[] b = RandomFloats.within(1, rows * rank);
        float[] a = RandomFloats.within(1, rank * columns);
        float[] tile = new float[rows * columns];
        for (int i = 0; i < tile.length; i++) {
            float sum = 0;
            for (int k = 0; k < rank; k++) {
                sum = Math.fma(b[i / columns * rank + k], a[k * columns + i % columns], sum);
            }
            float delta = sum * LowRankBenchmark.SCALE;
            tile[i] = delta + delta;
        }
        return tile;
    }
}
