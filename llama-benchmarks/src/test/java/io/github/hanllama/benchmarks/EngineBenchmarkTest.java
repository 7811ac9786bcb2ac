package io.github.hanllama.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.quant.DType;
import org.junit.jupiter.api.Test;

class EngineBenchmarkTest {
    @Test
    void passes_giveFiniteLogits() {
        EngineBenchmark benchmark = new EngineBenchmark();
        benchmark.engine = "java";
        benchmark.model = "tiny";
        benchmark.type = DType.F16;
        benchmark.load();
        assertThat(benchmark.prompt()).hasSize(512).doesNotContain(Float.NaN);
        assertThat(benchmark.generate()).hasSize(512).doesNotContain(Float.NaN);
        benchmark.free();
    }
}
