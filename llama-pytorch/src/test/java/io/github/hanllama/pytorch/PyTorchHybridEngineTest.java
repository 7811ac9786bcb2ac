package io.github.hanllama.pytorch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.SyntheticCheckpoint;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.quant.DType;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PyTorchHybridEngineTest {
    private static final Set<TorchType> FAST = Set.of(TorchType.BF16, TorchType.INT8);
    private static final EngineOptions OPTIONS = EngineOptions.defaults();

    @Test
    void gains_typesThatTheProcessorMultiplies() {
        assertThat(gains(model(16, DType.Q8_0), OPTIONS, FAST)).isTrue();
        assertThat(gains(model(16, DType.Q4_K), OPTIONS, FAST)).isTrue();
        assertThat(gains(model(16, DType.F16), OPTIONS, FAST)).isTrue();
        assertThat(gains(model(16, DType.F32), OPTIONS, FAST)).isFalse();
        assertThat(gains(model(16, DType.F16), OPTIONS, Set.of(TorchType.INT8))).isFalse();
        assertThat(gains(model(16, DType.Q8_0), OPTIONS, Set.of(TorchType.BF16)))
                .isFalse();
    }

    @Test
    void gains_smallModel_no() {
        assertThat(gains(model(1, DType.Q8_0), OPTIONS, FAST)).isFalse();
    }

    @Test
    void gains_whereSomethingElseIsWanted_no() {
        Checkpoint model = model(16, DType.Q8_0);

        assertThat(gains(model, OPTIONS.exactActivations(true), FAST)).isFalse();
        assertThat(gains(model, OPTIONS.packedCache(Path.of("kept")), FAST)).isFalse();
        assertThat(gains(model, OPTIONS.kvType(DType.Q8_0), FAST)).isFalse();
    }

    private static boolean gains(Checkpoint model, EngineOptions options, Set<TorchType> fast) {
        return PyTorchHybridEngine.gains(model, options, fast);
    }

    private static Checkpoint model(int layers, DType type) {
        LlamaConfig config = LlamaConfig.builder()
                .vocabSize(300)
                .hiddenSize(2048)
                .intermediateSize(5632)
                .numHiddenLayers(layers)
                .numAttentionHeads(32)
                .build();
        return SyntheticCheckpoint.of(config, info -> type);
    }
}
