package io.github.hanllama.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.quant.DType;
import org.junit.jupiter.api.Test;

class MatrixBenchmarkTest {
    @Test
    void products_sameNumbersAndCountedWork() {
        MatrixBenchmark benchmark = new MatrixBenchmark();
        benchmark.type = DType.BF16;
        benchmark.shape = "70x40";
        benchmark.tokens = 7;
        benchmark.pack();
        MatrixBenchmark.Volume volume = new MatrixBenchmark.Volume();
        volume.reset();

        assertThat(benchmark.simd(volume)).hasSize(490).contains(benchmark.scalar(volume));
        assertThat(volume.gigaflops).isEqualTo(2 * 2 * 7 * 2800 / 1e9);
        assertThat(volume.gigabytes).isEqualTo(2 * 2 * 2800 / 1e9);
        assertThat(benchmark.read(volume)).isZero();
        benchmark.free();
    }
}
