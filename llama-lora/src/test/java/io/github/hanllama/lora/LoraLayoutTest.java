package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.adapter.TensorChange;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.quant.DType;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraLayoutTest {
    private static final String Q_PROJ = AdapterFolder.PREFIX + "model.layers.0.self_attn.q_proj";
    private static final String EMBEDDING = AdapterFolder.PREFIX + "model.embed_tokens";
    private static final String HEAD = AdapterFolder.PREFIX + "lm_head";

    @TempDir
    Path folder;

    private AdapterFolder adapter;

    @BeforeEach
    void adapterWithOnePair() {
        adapter = new AdapterFolder(folder.resolve("adapter")).pair("model.layers.0.self_attn.q_proj", 6, 2, 8);
    }

    @Test
    void pair_isAnAddition() {
        try (LoraWeights weights = adapter.open()) {
            TensorChange change =
                    weights.change("model.layers.0.self_attn.q_proj.weight").orElseThrow();

            assertThat(change).isInstanceOfSatisfying(TensorChange.AddLowRank.class, add -> {
                assertThat(add.a().info().shape()).containsExactly(2L, 8L);
                assertThat(add.b().info().shape()).containsExactly(6L, 2L);
                assertThat(add.scale()).isEqualTo(2);
                assertThat(add.transposed()).isFalse();
            });
            assertThat(weights.change("model.layers.0.self_attn.v_proj.weight")).isEmpty();
            assertThat(weights.changedTensors()).containsExactly("model.layers.0.self_attn.q_proj.weight");
        }
    }

    @Test
    void ac5_half_isRefused() {
        adapter.remove(Q_PROJ + ".lora_B.weight");

        assertThatThrownBy(adapter::open)
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("adapter: model.layers.0.self_attn.q_proj: no lora_B, found only " + Q_PROJ
                        + ".lora_A.weight [2, 8]");
    }

    @Test
    void ac5_rankOtherThanConfigured_isRefused() {
        adapter.set("r", "4");

        assertThatThrownBy(adapter::open)
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("adapter: model.layers.0.self_attn.q_proj: expected lora_A [4, in] and lora_B [out, 4] for"
                        + " r 4, found [2, 8] and [6, 2]");
    }

    @Test
    void ac5_ranksThatDisagree_areRefused() {
        adapter.random(Q_PROJ + ".lora_B.weight", 6, 3);

        assertThatThrownBy(adapter::open)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("found [2, 8] and [6, 3]");
    }

    @Test
    void ac5_vectorForAMatrix_isRefused() {
        adapter.random(Q_PROJ + ".lora_A.weight", 2);

        assertThatThrownBy(adapter::open).hasMessageContaining("found [2] and [6, 2]");
    }

    @Test
    void factorTwice_isRefused() {
        adapter.copy(Q_PROJ + ".lora_A.weight", Q_PROJ + ".lora_A.default.weight");

        assertThatThrownBy(adapter::open)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("the same factor twice: ");
    }

    @Test
    void integers_areRefused() {
        adapter.stored(Q_PROJ + ".lora_A.weight", DType.I8, new byte[16], 2, 8);

        assertThatThrownBy(adapter::open)
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessage("adapter: " + Q_PROJ + ".lora_A.weight: expected floating-point numbers, found I8");
    }

    @Test
    void ac6_leftovers_areListed() {
        adapter.set("base_model_name_or_path", "\"gpt2\"");
        for (int layer = 0; layer < 12; layer++) {
            adapter.random("base_model.model.transformer.h." + layer + ".attn.c_attn.lora_A.weight", 2, 8);
        }

        assertThatThrownBy(adapter::open)
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageStartingWith("adapter: 12 of 14 tensors fit no part of LLaMA (trained on gpt2): "
                        + "base_model.model.transformer.h.0.attn.c_attn.lora_A.weight, ")
                .hasMessageEndingWith(" and 2 more");
    }

    @Test
    void leftovers_cannotForgeLines() {
        adapter.random("a\\nb", 2, 8);

        assertThatThrownBy(adapter::open).hasMessageNotContaining("\n");
    }

    @Test
    void pairOfAModuleNotTargeted_isRefused() {
        adapter.set("target_modules", "[\"v_proj\"]");

        assertThatThrownBy(adapter::open)
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("adapter: the file has a low-rank pair for model.layers.0.self_attn.q_proj, which"
                        + " adapter_config.json excludes (target_modules [v_proj])");
    }

    @Test
    void pairOutsideLayersToTransform_isRefused() {
        adapter.set("layers_to_transform", "[1]");

        assertThatThrownBy(adapter::open).hasMessageContaining("adapter_config.json excludes");
    }

    @Test
    void ac4_savedModuleWithoutTensor_isRefused() {
        adapter.set("modules_to_save", "[\"embed_tokens\", \"lm_head\"]").random(HEAD + ".weight", 9, 8);

        assertThatThrownBy(adapter::open)
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("adapter: modules_to_save names embed_tokens, but the file has no such tensor; is the"
                        + " download complete?");
    }

    @Test
    void wholeBesideAPair_isTheFrozenBase() {
        adapter.random(Q_PROJ + ".weight", 6, 8);

        try (LoraWeights weights = adapter.open()) {
            assertThat(weights.frozen()).containsOnlyKeys("model.layers.0.self_attn.q_proj.weight");
            assertThat(weights.change("model.layers.0.self_attn.q_proj.weight"))
                    .containsInstanceOf(TensorChange.AddLowRank.class);
            assertThat(weights.info().replaces()).isEmpty();
        }
    }

    @Test
    void wholeHeadBesideAPair_isReplacedFirst() {
        adapter.set("target_modules", "[\"q_proj\", \"lm_head\"]")
                .pair("lm_head", 16, 2, 8)
                .random(HEAD + ".base_layer.weight", 16, 8);

        try (LoraWeights weights = adapter.open()) {
            TensorChange change = weights.change("lm_head.weight").orElseThrow();
            Tensor whole = weights.whole("lm_head.weight").orElseThrow();
            var sum = new LowRankRows(whole, weights.addition("lm_head.weight").orElseThrow());

            assertThat(change).isInstanceOfSatisfying(TensorChange.Replace.class, replace -> assertThat(
                            Values.of(replace.tensor()))
                    .isEqualTo(Values.of(new RoundedTensor(whole.info(), sum, "test")))
                    .isNotEqualTo(Values.of(whole)));
            assertThat(weights.info().needs())
                    .extracting(TensorInfo::name)
                    .containsExactly("model.layers.0.self_attn.q_proj.weight");
        }
    }

    @Test
    void wholeHeadOfAnotherShapeThanItsPair_isRefused() {
        adapter.set("target_modules", "[\"q_proj\", \"lm_head\"]")
                .pair("lm_head", 16, 2, 8)
                .random(HEAD + ".base_layer.weight", 20, 8);

        assertThatThrownBy(adapter::open)
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("adapter: " + HEAD + ".base_layer.weight [20, 8] is brought whole, but what is added to it"
                        + " has the shape [16, 8]");
    }

    @Test
    void embeddingPair_isTransposed() {
        adapter.set("target_modules", "[\"q_proj\", \"embed_tokens\"]")
                .tensor(EMBEDDING + ".lora_embedding_A", DType.F32, new float[] {1, 2, 3, 4, 5, 6}, 2, 3)
                .tensor(EMBEDDING + ".lora_embedding_B", DType.F32, new float[] {1, 10, 2, 20}, 2, 2);

        try (LoraWeights weights = adapter.open()) {
            TensorChange change = weights.change("model.embed_tokens.weight").orElseThrow();

            assertThat(change).isInstanceOfSatisfying(TensorChange.AddLowRank.class, add -> {
                assertThat(add.b().info().shape()).containsExactly(3L, 2L);
                assertThat(Values.of(add.b())).containsExactly(1, 4, 2, 5, 3, 6);
                assertThat(Rows.read(add.b(), 1, 2)).containsExactly(2, 5);
                assertThat(Values.of(add.a())).containsExactly(1, 2, 10, 20);
            });
        }
    }

    @Test
    void embeddingPairOfDora_isRefusedByName() {
        adapter.set("target_modules", "[\"q_proj\", \"embed_tokens\"]")
                .set("use_dora", "true")
                .remove(Q_PROJ + ".lora_A.weight")
                .remove(Q_PROJ + ".lora_B.weight")
                .random(EMBEDDING + ".lora_embedding_A", 2, 16)
                .random(EMBEDDING + ".lora_embedding_B", 8, 2);

        assertThatThrownBy(adapter::open)
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("DoRA (use_dora) of an embedding is not implemented");
    }

    @Test
    void biasOfAPair_isAPairOfOneRow() {
        adapter.set("lora_bias", "true").tensor(Q_PROJ + ".lora_B.bias", DType.F32, new float[] {1, 2, 3, 4, 5, 6}, 6);

        try (LoraWeights weights = adapter.open()) {
            assertThat(weights.change("model.layers.0.self_attn.q_proj.bias"))
                    .get()
                    .isInstanceOfSatisfying(TensorChange.AddLowRank.class, add -> {
                        assertThat(Values.of(add.a())).containsExactly(1, 2, 3, 4, 5, 6);
                        assertThat(Values.of(add.b())).containsExactly(1);
                        assertThat(add.scale()).isEqualTo(2);
                    });
            assertThat(weights.info().facts()).containsEntry("pairs", "1");
        }
    }

    @Test
    void biasThatIsMissing_isRefused() {
        adapter.set("lora_bias", "true");

        assertThatThrownBy(adapter::open).hasMessageContaining("lora_bias is true, but the file has no lora_B.bias");
    }

    @Test
    void biasThatIsNotAnnounced_isRefused() {
        adapter.random(Q_PROJ + ".lora_B.bias", 6);

        assertThatThrownBy(adapter::open).hasMessageContaining("lora_bias is false, but the file has a lora_B.bias");
    }

    @Test
    void biasOfAnotherLength_isRefused() {
        adapter.set("lora_bias", "true").random(Q_PROJ + ".lora_B.bias", 5);

        assertThatThrownBy(adapter::open).hasMessageContaining("expected [6], one number per row of lora_B, found [5]");
    }

    @Test
    void biasWithoutItsPair_isRefused() {
        adapter.set("lora_bias", "true")
                .random(Q_PROJ + ".lora_B.bias", 6)
                .random(AdapterFolder.PREFIX + "model.layers.0.self_attn.v_proj.lora_B.bias", 6);

        assertThatThrownBy(adapter::open).hasMessageContaining("v_proj.lora_B.bias: no low-rank pair beside this bias");
    }

    @Test
    void frozenBuffers_areNotUsed() {
        adapter.random(AdapterFolder.PREFIX + "model.layers.0.self_attn.rotary_emb.inv_freq", 4);

        try (LoraWeights weights = adapter.open()) {
            assertThat(weights.changedTensors()).containsExactly("model.layers.0.self_attn.q_proj.weight");
        }
    }

    @Test
    void empty_isRefused() {
        adapter.remove(Q_PROJ + ".lora_A.weight").remove(Q_PROJ + ".lora_B.weight");

        assertThatThrownBy(adapter::open)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("the adapter is empty");
    }

    @Test
    void equalCopiesAndOriginals_areOneTensor() {
        adapter.random(HEAD + ".modules_to_save.weight", 9, 8)
                .random(HEAD + ".original_module.weight", 5, 8)
                .copy(HEAD + ".modules_to_save.weight", HEAD + ".weight");

        try (LoraWeights weights = adapter.open()) {
            assertThat(weights.change("lm_head.weight")).containsInstanceOf(TensorChange.Replace.class);
            assertThat(weights.info().vocabularySize()).hasValue(9);
            assertThat(weights.changedTensors()).hasSize(2);
        }
    }

    @Test
    void copiesThatDiffer_areRefused() {
        adapter.random(HEAD + ".modules_to_save.weight", 9, 8).random(HEAD + ".weight", 9, 8);

        assertThatThrownBy(adapter::open)
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("adapter: " + HEAD + ".modules_to_save.weight and " + HEAD
                        + ".weight should be the same tensor, but differ");
    }

    @Test
    void copiesOfOtherShape_areRefused() {
        adapter.random(HEAD + ".modules_to_save.weight", 9, 8).random(HEAD + ".weight", 8, 9);

        assertThatThrownBy(adapter::open)
                .hasMessageContaining("two versions of the same tensor: ")
                .hasMessageContaining("F32 [9, 8]")
                .hasMessageContaining("F32 [8, 9]");
    }

    @Test
    void embeddingThatIsNoMatrix_isRefused() {
        adapter.random(HEAD + ".weight", 8);

        assertThatThrownBy(adapter::open)
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("adapter: " + HEAD + ".weight: expected [vocabulary, width] with at most 16777216 rows,"
                        + " found [8]");
    }

    @Test
    void vocabularyBeyondAllBounds_isRefused() {
        adapter.stored(HEAD + ".weight", DType.F16, new byte[2 * ((1 << 24) + 1)], (1 << 24) + 1, 1);

        assertThatThrownBy(adapter::open).hasMessageContaining("found [16777217, 1]");
    }

    @Test
    void magnitudeWithoutDora_isRefused() {
        adapter.random(Q_PROJ + ".lora_magnitude_vector", 6);

        assertThatThrownBy(adapter::open)
                .hasMessageContaining("use_dora is false, but the file has a lora_magnitude_vector");
    }

    @Test
    void doraWithoutMagnitude_isRefused() {
        adapter.set("use_dora", "true");

        assertThatThrownBy(adapter::open)
                .hasMessageContaining("use_dora is true, but the file has no lora_magnitude_vector");
    }

    @Test
    void magnitudeOfAnotherLength_isRefused() {
        adapter.set("use_dora", "true").random(Q_PROJ + ".lora_magnitude_vector", 5);

        assertThatThrownBy(adapter::open).hasMessageContaining("expected [6], one number per row of lora_B, found [5]");
    }
}
