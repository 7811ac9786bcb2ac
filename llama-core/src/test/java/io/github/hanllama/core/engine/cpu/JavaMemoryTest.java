package io.github.hanllama.core.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.SyntheticCheckpoint;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.core.engine.support.WeightReader;
import io.github.hanllama.core.quantize.QuantOptions;
import io.github.hanllama.core.quantize.QuantizedCheckpoint;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.KvLayer;
import io.github.hanllama.quant.PackedMatrix;
import io.github.hanllama.quant.QuantRecipe;
import java.lang.foreign.Arena;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is said before loading against what loading makes. */
class JavaMemoryTest {
    /** Rows that fill no tile, heads that fill no strip. */
    private static final LlamaConfig CONFIG = LlamaConfig.builder()
            .hiddenSize(288)
            .intermediateSize(256)
            .numHiddenLayers(2)
            .numAttentionHeads(6)
            .numKeyValueHeads(2)
            .headDim(48)
            .vocabSize(161)
            .maxPositionEmbeddings(256)
            .build();

    private final EngineOptions options = EngineOptions.defaults().threads(1);

    @ParameterizedTest
    @EnumSource(QuantRecipe.class)
    void weights_areThoseOfPackedMatrices(QuantRecipe recipe) {
        try (Checkpoint checkpoint = quantized(recipe);
                Team team = new Team(1);
                Arena arena = Arena.ofShared()) {
            WeightReader reader = new WeightReader(checkpoint, options);
            WeightPlan plan = new WeightPlan(CONFIG, reader);
            Map<String, PackedMatrix> packed = new WeightPacker(reader, options, arena, team).pack(plan);

            MemoryEstimate estimate = JavaMemory.estimate(checkpoint, options);

            assertThat(estimate.weightBytes())
                    .isEqualTo(packed.values().stream()
                            .mapToLong(matrix -> matrix.packed().byteSize())
                            .sum());
            assertThat(estimate.weights()).isEqualTo(plan.types());
        }
    }

    @ParameterizedTest
    @CsvSource({"F32, 1", "F32, 200", "F16, 33", "Q8_0, 256"})
    void cache_isWhatIsAllocated(DType kvType, int positions) {
        MemoryEstimate estimate = JavaMemory.estimate(quantized(QuantRecipe.Q8_0), options.kvType(kvType));

        long layer = KvLayer.byteSize(kvType, CONFIG.numKeyValueHeads(), CONFIG.headDim(), positions);
        assertThat(estimate.cacheBytes(positions)).isEqualTo(CONFIG.numHiddenLayers() * layer);
    }

    @Test
    void cache_isWhatTheModelSays() {
        Checkpoint checkpoint = quantized(QuantRecipe.Q8_0);
        try (LanguageModel model = new JavaEngine().load(checkpoint, options)) {
            assertThat(JavaMemory.estimate(checkpoint, options).cacheBytes(128)).isEqualTo(model.cacheBytes(128));
        }
    }

    private static Checkpoint quantized(QuantRecipe recipe) {
        return QuantizedCheckpoint.of(SyntheticCheckpoint.of(CONFIG, info -> DType.F32), QuantOptions.of(recipe));
    }
}
