package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.lora.AdapterKey.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterKeyTest {
    @ParameterizedTest
    @CsvSource({
        "base_model.model.model.layers.3.self_attn.q_proj.lora_A.weight, LOW_RANK_A",
        "base_model.model.model.layers.3.self_attn.q_proj.lora_B.weight, LOW_RANK_B",
        "base_model.model.model.layers.3.self_attn.q_proj.lora_A.default.weight, LOW_RANK_A",
        "base_model.model.model.layers.3.self_attn.q_proj.lora_B.my-adapter.weight, LOW_RANK_B",
        "model.layers.3.self_attn.q_proj.lora_A.weight, LOW_RANK_A",
        "base_model.model.layers.3.self_attn.q_proj.lora_A.weight, LOW_RANK_A",
        "layers.3.self_attn.q_proj.lora_A.weight, LOW_RANK_A",
        "base_model.model.model.layers.3.self_attn.q_proj.lora_magnitude_vector, MAGNITUDE",
        "base_model.model.model.layers.3.self_attn.q_proj.lora_magnitude_vector.weight, MAGNITUDE",
        "base_model.model.model.layers.3.self_attn.q_proj.lora_magnitude_vector.default, MAGNITUDE",
        "base_model.model.model.layers.3.self_attn.q_proj.lora_magnitude_vector.default.weight, MAGNITUDE",
        "base_model.model.model.layers.3.self_attn.q_proj.weight, WHOLE",
        "base_model.model.model.layers.3.self_attn.q_proj.base_layer.weight, WHOLE"
    })
    void spellingsOfALayer(String stored, Role role) {
        assertThat(AdapterKey.parse(stored)).contains(new AdapterKey("model.layers.3.self_attn.q_proj.weight", role));
    }

    @ParameterizedTest
    @CsvSource({
        "base_model.model.lm_head.weight, lm_head.weight, WHOLE",
        "lm_head.weight, lm_head.weight, WHOLE",
        "base_model.model.lm_head.modules_to_save.weight, lm_head.weight, WHOLE",
        "base_model.model.lm_head.modules_to_save.default.weight, lm_head.weight, WHOLE",
        "base_model.model.lm_head.original_module.weight, lm_head.weight, UNUSED",
        "base_model.model.lm_head.lora_A.weight, lm_head.weight, LOW_RANK_A",
        "base_model.model.model.embed_tokens.weight, model.embed_tokens.weight, WHOLE",
        "base_model.model.model.embed_tokens.modules_to_save.default.weight, model.embed_tokens.weight, WHOLE",
        "base_model.model.model.norm.weight, model.norm.weight, WHOLE",
        "base_model.model.model.layers.0.input_layernorm.modules_to_save.weight,"
                + " model.layers.0.input_layernorm.weight, WHOLE",
        "base_model.model.model.layers.0.self_attn.q_proj.base_layer.bias,"
                + " model.layers.0.self_attn.q_proj.bias, WHOLE",
        "base_model.model.model.layers.0.self_attn.q_proj.bias, model.layers.0.self_attn.q_proj.bias, WHOLE"
    })
    void spellingsOfWholes(String stored, String tensor, Role role) {
        assertThat(AdapterKey.parse(stored)).contains(new AdapterKey(tensor, role));
    }

    @ParameterizedTest
    @CsvSource({
        "base_model.model.model.embed_tokens.lora_embedding_A, model.embed_tokens.weight, LOW_RANK_A",
        "base_model.model.model.embed_tokens.lora_embedding_B.default, model.embed_tokens.weight, LOW_RANK_B",
        "base_model.model.model.embed_tokens.base_layer.weight, model.embed_tokens.weight, WHOLE",
        "base_model.model.model.layers.0.mlp.up_proj.lora_B.bias, model.layers.0.mlp.up_proj.bias, ADDED_BIAS",
        "base_model.model.lm_head.lora_B.default.bias, lm_head.bias, ADDED_BIAS",
        "base_model.model.model.layers.0.self_attn.rotary_emb.inv_freq, model.layers.0.self_attn.q_proj.weight, UNUSED"
    })
    void rarerKinds(String stored, String tensor, Role role) {
        assertThat(AdapterKey.parse(stored)).contains(new AdapterKey(tensor, role));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "base_model.model.transformer.h.0.attn.c_attn.lora_A.weight",
                "base_model.model.score.weight",
                "base_model.model.lm_head.lora_embedding_A",
                "base_model.model.model.embed_tokens.lora_embedding_C",
                "base_model.model.model.embed_tokens.lora_magnitude_vector",
                "base_model.model.model.embed_tokens.lora_A.weight",
                "base_model.model.model.norm.lora_A.weight",
                "base_model.model.model.layers.0.self_attn.q_proj.lora_A.bias",
                "base_model.model.model.norm.lora_B.bias",
                "base_model.model.model.layers.0.self_attn.q_proj.lora_C.weight",
                "base_model.model.model.layers.01.self_attn.q_proj.lora_A.weight",
                "base_model.model.model.layers.99999.self_attn.q_proj.lora_A.weight",
                "base_model.model.model.rotary.0.self_attn.rotary_emb.inv_freq",
                "weight",
                ""
            })
    void whatIsNoPartOfLlama(String stored) {
        assertThat(AdapterKey.parse(stored)).isEmpty();
    }

    @Test
    void layer_ofAModule() {
        assertThat(AdapterKey.layer("model.layers.31.mlp.up_proj")).contains(31);
        assertThat(AdapterKey.layer("lm_head")).isEmpty();
    }
}
