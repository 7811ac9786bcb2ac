package io.github.hanllama.core.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.SyntheticCheckpoint;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.quantize.QuantOptions;
import io.github.hanllama.core.quantize.QuantizedCheckpoint;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.PackedMatrix;
import io.github.hanllama.quant.QuantRecipe;
import java.util.List;
import org.junit.jupiter.api.Test;

class JavaWeightsTest {
    /** More layers than kinds of layers, matrices of several tiles. */
    private static final LlamaConfig CONFIG = LlamaConfig.builder()
            .hiddenSize(256)
            .intermediateSize(512)
            .numHiddenLayers(9)
            .numAttentionHeads(4)
            .numKeyValueHeads(4)
            .headDim(64)
            .vocabSize(320)
            .maxPositionEmbeddings(64)
            .build();

    private static Checkpoint plain() {
        return SyntheticCheckpoint.of(CONFIG, info -> DType.F32);
    }

    private static List<DType> types(JavaWeights.Layer layer) {
        return List.of(layer.vProj.weight().type(), layer.downProj.weight().type());
    }

    private static JavaWeights load(Checkpoint checkpoint, Team team) {
        return JavaWeights.load(checkpoint, EngineOptions.defaults(), team);
    }

    @Test
    void sample_layersOfOneKind_oneOfAFewRows() {
        try (Checkpoint checkpoint = plain();
                Team team = new Team(1);
                JavaWeights weights = load(checkpoint, team)) {
            JavaWeights sample = weights.sample();
            assertThat(sample.layers).hasSize(1);
            assertThat(sample.layers.getFirst().gateProj.tiles()).isEqualTo(1);
            assertThat(sample.lmHead.tiles()).isEqualTo(4);
            assertThat(weights.layers.getFirst().gateProj.tiles()).isEqualTo(512 / PackedMatrix.TILE);
        }
    }

    @Test
    void multiplications_ofAToken_everyMatrixOnce() {
        try (Checkpoint checkpoint = plain();
                Team team = new Team(1);
                JavaWeights weights = load(checkpoint, team)) {
            assertThat(weights.multiplications()).isEqualTo(9 * (4 * 256 * 256 + 3 * 512 * 256) + 320 * 256);
            assertThat(weights.sample().multiplications()).isEqualTo(64 * (6 * 256 + 512) + 4 * 64 * 256);
        }
    }

    /** Some of the layers have values and down projections in a better type. */
    @Test
    void sample_mixedRecipe_oneOfEachKind() {
        try (Checkpoint checkpoint = QuantizedCheckpoint.of(plain(), QuantOptions.of(QuantRecipe.Q4_K_M));
                Team team = new Team(1);
                JavaWeights weights = load(checkpoint, team)) {
            List<List<DType>> kinds = weights.layers.stream()
                    .map(JavaWeightsTest::types)
                    .distinct()
                    .toList();
            assertThat(kinds).hasSizeGreaterThan(1);
            assertThat(weights.sample().layers).map(JavaWeightsTest::types).isEqualTo(kinds);
        }
    }
}
