package io.github.hanllama.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.quant.DType;
import org.junit.jupiter.api.Test;

class AttentionBenchmarkTest {
    @Test
    void attention_sameNumbersAndCountedWork() {
        AttentionBenchmark benchmark = new AttentionBenchmark();
        benchmark.type = DType.F16;
        benchmark.heads = "2x3x32";
        benchmark.positions = 64;
        benchmark.tokens = 20;
        benchmark.fill();
        AttentionBenchmark.Volume volume = new AttentionBenchmark.Volume();
        volume.reset();

        assertThat(benchmark.simd(volume)).hasSize(20 * 6 * 32).contains(benchmark.scalar(volume));
        assertThat(volume.gigabytes).isEqualTo(2 * 2 * 2 * 64 * 32 * 2 / 1e9);
        assertThat(volume.gigaflops).isEqualTo(2 * 4.0 * 20 * 6 * 32 * 64 / 1e9);
        assertThat(benchmark.read(volume)).isZero();
        benchmark.free();
    }
}
