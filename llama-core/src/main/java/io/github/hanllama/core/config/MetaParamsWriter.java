package io.github.hanllama.core.config;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.json.PrettyJson;
import java.util.List;

/** Writes a {@code params.json}; what goes without saying in Meta's code is left out, as LLaMA's own files do. */
final class MetaParamsWriter {
    private static final double DEFAULT_ROPE_THETA = 10000;
    private static final int FROM_TOKENIZER = -1;

    /** Those of LLaMA and Llama-2, Llama-3.2 1B, Llama-2 and Llama-3 70B, Llama-3 8B; then what else is round. */
    private static final List<MlpRule> USUAL = List.of(
            new MlpRule(256, 1),
            new MlpRule(256, 1.5),
            new MlpRule(4096, 1.3),
            new MlpRule(1024, 1.3),
            new MlpRule(128, 1),
            new MlpRule(64, 1),
            new MlpRule(32, 1),
            new MlpRule(16, 1),
            new MlpRule(8, 1),
            new MlpRule(4, 1),
            new MlpRule(2, 1),
            new MlpRule(1, 1));

    /** How the width of the MLP follows from that of the residual stream. */
    private record MlpRule(int multipleOf, double multiplier) {
        boolean gives(LlamaConfig config) {
            return MetaParams.intermediateSize(config.hiddenSize(), multipleOf, multiplier)
                    == config.intermediateSize();
        }
    }

    private MetaParamsWriter() {}

    static String write(LlamaConfig config, int tokens) {
        MlpRule mlp = mlpRule(config);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("dim", config.hiddenSize());
        if (mlp.multiplier != 1) {
            json.put("ffn_dim_multiplier", mlp.multiplier);
        }
        json.put("multiple_of", mlp.multipleOf);
        json.put("n_heads", config.numAttentionHeads());
        if (config.numKeyValueHeads() != config.numAttentionHeads()) {
            json.put("n_kv_heads", config.numKeyValueHeads());
        }
        json.put("n_layers", config.numHiddenLayers());
        json.put("norm_eps", config.rmsNormEps());
        putRope(config, json);
        json.put("vocab_size", tokens == config.vocabSize() ? FROM_TOKENIZER : config.vocabSize());
        return PrettyJson.print(json);
    }

    /** What no round number gives, an exact multiplier does: half a row more, cut off by the rule. */
    private static MlpRule mlpRule(LlamaConfig config) {
        return USUAL.stream()
                .filter(rule -> rule.gives(config))
                .findFirst()
                .orElseGet(() -> new MlpRule(
                        1, (config.intermediateSize() + 0.5) / MetaParams.scaledWidth(1, config.hiddenSize())));
    }

    private static void putRope(LlamaConfig config, ObjectNode json) {
        if (config.ropeTheta() != DEFAULT_ROPE_THETA) {
            json.put("rope_theta", config.ropeTheta());
        }
        if (config.ropeScaling() instanceof RopeScaling.Llama3 scaling) {
            json.put("use_scaled_rope", true);
            if (scaling.factor() != MetaParams.SCALED_ROPE.factor()) {
                json.put("rope_scaling_factor", scaling.factor());
            }
            if (scaling.highFreqFactor() != MetaParams.SCALED_ROPE.highFreqFactor()) {
                json.put("rope_high_freq_factor", scaling.highFreqFactor());
            }
        }
    }
}
