package io.github.hanllama.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetaParamsTest {
    /** Shapes of LLaMA, Llama-2 70B, Llama-3 8B and 70B, Llama-3.2 1B and 3B, and one of no family. */
    @ParameterizedTest
    @CsvSource({
        "4096, 32, 32, 11008, 256, 1",
        "5120, 40, 40, 13824, 256, 1",
        "6656, 52, 52, 17920, 256, 1",
        "8192, 64, 64, 22016, 256, 1",
        "8192, 64, 8, 28672, 4096, 1.3",
        "4096, 32, 8, 14336, 1024, 1.3",
        "2048, 32, 8, 8192, 256, 1.5",
        "3072, 24, 8, 8192, 256, 1",
        "64, 4, 2, 176, 16, 1"
    })
    void width_followsFromTheNumbersMetaHas(
            int hidden, int heads, int keyValueHeads, int inner, int multipleOf, double multiplier) {
        MetaParams params = read(MetaParams.write(config(hidden, heads, keyValueHeads, inner), 0));
        assertThat(params.intermediateSize()).isEqualTo(inner);
        assertThat(params.multipleOf()).isEqualTo(multipleOf);
        assertThat(params.ffnDimMultiplier()).isEqualTo(multiplier);
        assertThat(params.numKeyValueHeads()).isEqualTo(keyValueHeads);
    }

    @ParameterizedTest
    @CsvSource({"4096, 1", "4096, 12345", "64, 173", "64, 8191", "5120, 131071"})
    void anyWidth_isRead(int hidden, int inner) {
        assertThat(read(MetaParams.write(config(hidden, 4, 4, inner), 0)).intermediateSize())
                .isEqualTo(inner);
    }

    @Test
    void write_isAsTheMergeScript() {
        LlamaConfig config = config(4096, 32, 32, 11008).toBuilder()
                .numHiddenLayers(32)
                .rmsNormEps(1e-6f)
                .build();
        assertThat(MetaParams.write(config, config.vocabSize())).isEqualTo("""
                {
                  "dim": 4096,
                  "multiple_of": 256,
                  "n_heads": 32,
                  "n_layers": 32,
                  "norm_eps": 1.0E-6,
                  "vocab_size": -1
                }
                """);
        assertThat(read(MetaParams.write(config, config.vocabSize())).normEps()).isEqualTo(1e-6);
        assertThat(read(MetaParams.write(config, config.vocabSize() - 1)).vocabSize())
                .hasValue(config.vocabSize());
    }

    @Test
    void scaledRope_comesBack() {
        RopeScaling scaling = new RopeScaling.Llama3(32, 1, 4, 8192);
        LlamaConfig config = config(2048, 32, 8, 8192).toBuilder()
                .ropeTheta(500_000)
                .ropeScaling(scaling)
                .build();
        MetaParams params = read(MetaParams.write(config, 0));
        assertThat(params.ropeTheta()).isEqualTo(500_000);
        assertThat(params.ropeScaling()).isEqualTo(scaling);
    }

    private static MetaParams read(String json) {
        return MetaParams.read(json.getBytes(StandardCharsets.UTF_8), "params.json");
    }

    private static LlamaConfig config(int hidden, int heads, int keyValueHeads, int inner) {
        return LlamaConfig.builder()
                .hiddenSize(hidden)
                .intermediateSize(inner)
                .numHiddenLayers(2)
                .numAttentionHeads(heads)
                .numKeyValueHeads(keyValueHeads)
                .headDim(hidden / heads)
                .vocabSize(32000)
                .build();
    }
}
