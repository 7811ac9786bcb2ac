package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.RopeScaling.Llama3;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import java.util.List;
import java.util.Optional;

/** Says a configuration in the keys of GGUF. */
public final class GgufConfigWriter {
    private static final String PREFIX = GgufConfig.ARCHITECTURE + ".";
    private static final int QUANTIZATION_VERSION = 2;

    private GgufConfigWriter() {}

    /**
     * Adds what every GGUF file says of itself.
     *
     * @param types of all tensors
     * @param recipe by which they got them, if any
     */
    public static void writeGeneral(String name, List<DType> types, Optional<QuantRecipe> recipe, GgufHead head) {
        head.text(GgufConfig.GENERAL_ARCHITECTURE, GgufConfig.ARCHITECTURE)
                .text("general.type", "model")
                .text("general.name", name)
                .u32(GgufFileType.KEY, GgufFileType.number(recipe.orElseGet(() -> GgufFileType.of(types))));
        if (types.stream().anyMatch(DType::isBlocks)) {
            head.u32("general.quantization_version", QUANTIZATION_VERSION);
        }
    }

    /**
     * Adds what the architecture needs, tokens aside.
     *
     * @throws IllegalArgumentException when the format has no words for the rotary scaling
     */
    public static void write(LlamaConfig config, GgufHead head) {
        head.u32(PREFIX + "context_length", config.maxPositionEmbeddings())
                .u32(PREFIX + "embedding_length", config.hiddenSize())
                .u32(PREFIX + "block_count", config.numHiddenLayers())
                .u32(PREFIX + "feed_forward_length", config.intermediateSize())
                .u32(PREFIX + "attention.head_count", config.numAttentionHeads())
                .u32(PREFIX + "attention.head_count_kv", config.numKeyValueHeads())
                .u32(PREFIX + "attention.key_length", config.headDim())
                .u32(PREFIX + "attention.value_length", config.headDim())
                .f32(PREFIX + "attention.layer_norm_rms_epsilon", config.rmsNormEps())
                .u32(PREFIX + "rope.dimension_count", config.headDim())
                .f32(PREFIX + "rope.freq_base", (float) config.ropeTheta())
                .u32(PREFIX + "vocab_size", config.vocabSize());
        GgufRope.write(config.ropeScaling(), head);
    }

    /** What rotary frequencies are divided by, for the tensor that says so; empty when none is needed. */
    public static List<Float> ropeFactors(LlamaConfig config) {
        return config.ropeScaling() instanceof Llama3 llama3
                ? GgufRope.factors(llama3, config.ropeTheta(), config.headDim())
                : List.of();
    }
}
