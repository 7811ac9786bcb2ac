package io.github.hanllama.core.config;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.quant.DType;

/** Writes a {@code config.json}: sorted keys, and the older spellings, which new versions of transformers also read. */
final class HfConfigWriter {
    static final String DTYPE = "torch_dtype";

    private HfConfigWriter() {}

    static ObjectNode json(LlamaConfig config) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putArray("architectures").add("LlamaForCausalLM");
        json.put("attention_bias", config.attentionBias());
        config.bosTokenId().ifPresentOrElse(id -> json.put("bos_token_id", id), () -> json.putNull("bos_token_id"));
        putEos(json, config);
        json.put("head_dim", config.headDim());
        json.put("hidden_act", "silu");
        json.put("hidden_size", config.hiddenSize());
        json.put("intermediate_size", config.intermediateSize());
        json.put("max_position_embeddings", config.maxPositionEmbeddings());
        json.put("mlp_bias", config.mlpBias());
        json.put("model_type", "llama");
        json.put("num_attention_heads", config.numAttentionHeads());
        json.put("num_hidden_layers", config.numHiddenLayers());
        json.put("num_key_value_heads", config.numKeyValueHeads());
        config.padTokenId().ifPresentOrElse(id -> json.put("pad_token_id", id), () -> json.putNull("pad_token_id"));
        json.put("rms_norm_eps", config.rmsNormEps());
        putScaling(json, config);
        json.put("rope_theta", config.ropeTheta());
        json.put("tie_word_embeddings", config.tieWordEmbeddings());
        config.dtype().ifPresent(dtype -> json.put(DTYPE, torchName(dtype)));
        json.put("use_cache", true);
        json.put("vocab_size", config.vocabSize());
        return json;
    }

    private static void putEos(ObjectNode json, LlamaConfig config) {
        switch (config.eosTokenIds().size()) {
            case 0 -> json.putNull("eos_token_id");
            case 1 -> json.put("eos_token_id", config.eosTokenIds().getFirst());
            default -> config.eosTokenIds().forEach(json.putArray("eos_token_id")::add);
        }
    }

    private static void putScaling(ObjectNode json, LlamaConfig config) {
        if (config.ropeScaling() instanceof RopeScaling.None) {
            json.putNull("rope_scaling");
            return;
        }
        ObjectNode rope = json.putObject("rope_scaling");
        switch (config.ropeScaling()) {
            case RopeScaling.None() -> {}
            case RopeScaling.Linear(double factor) -> put(rope, "linear", factor);
            case RopeScaling.DynamicNtk(double factor, int original) -> {
                put(rope, "dynamic", factor);
                requireSame(config, original);
            }
            case RopeScaling.Llama3 llama3 -> {
                put(rope, "llama3", llama3.factor());
                rope.put("low_freq_factor", llama3.lowFreqFactor());
                rope.put("high_freq_factor", llama3.highFreqFactor());
                rope.put("original_max_position_embeddings", llama3.originalMaxPositionEmbeddings());
            }
            case RopeScaling.Yarn yarn -> putYarn(rope, yarn);
        }
    }

    /** Both spellings of the key: transformers before 4.43 knows only {@code type}, later ones prefer the other. */
    private static void put(ObjectNode rope, String type, double factor) {
        rope.put("factor", factor);
        rope.put("rope_type", type);
        rope.put("type", type);
    }

    private static void requireSame(LlamaConfig config, int original) {
        if (original != config.maxPositionEmbeddings()) {
            throw new IllegalArgumentException("dynamic rope scaling starts at max_position_embeddings "
                    + config.maxPositionEmbeddings() + " in a config.json, was " + original);
        }
    }

    private static void putYarn(ObjectNode rope, RopeScaling.Yarn yarn) {
        put(rope, "yarn", yarn.factor());
        yarn.attentionFactor().ifPresent(factor -> rope.put("attention_factor", factor));
        rope.put("beta_fast", yarn.betaFast());
        rope.put("beta_slow", yarn.betaSlow());
        if (yarn.mscale() != 0) {
            rope.put("mscale", yarn.mscale());
        }
        if (yarn.mscaleAllDim() != 0) {
            rope.put("mscale_all_dim", yarn.mscaleAllDim());
        }
        rope.put("original_max_position_embeddings", yarn.originalMaxPositionEmbeddings());
        if (!yarn.truncate()) {
            rope.put("truncate", false);
        }
    }

    private static String torchName(DType dtype) {
        return switch (dtype) {
            case F64 -> "float64";
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            default -> "float32";
        };
    }
}
