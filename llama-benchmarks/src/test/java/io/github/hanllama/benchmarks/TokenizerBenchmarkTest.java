package io.github.hanllama.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.TestData;
import io.github.hanllama.tokenizer.Tokenizers;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenizerBenchmarkTest {
    @Test
    void encodeLines_countsIdsAndBytes() {
        TokenizerBenchmark benchmark = new TokenizerBenchmark();
        benchmark.use(Tokenizers.load(TestData.path("synthetic/tokenizers/tok512.model")), List.of("a", "白", ""));
        TokenizerBenchmark.Volume volume = new TokenizerBenchmark.Volume();
        volume.reset();
        assertThat(benchmark.encodeLines(volume)).isEqualTo(5);
        assertThat(volume.megabytes).isEqualTo(4e-6);
    }
}
