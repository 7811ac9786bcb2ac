package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.RopeScaling.Llama3;
import io.github.hanllama.quant.DType;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Says a configuration in the keys of GGUF. */
public final class GgufConfigWriter {
    private static final String PREFIX = GgufConfig.ARCHITECTURE + ".";
    private static final int QUANTIZATION_VERSION = 2;

    private GgufConfigWriter() {}

    /**
     * Adds what every GGUF file says of itself.
     *
     * @param types of all tensors
     */
    public static void writeGeneral(String name, List<DType> types, GgufHead head) {
        head.text(GgufConfig.GENERAL_ARCHITECTURE, GgufConfig.ARCHITECTURE)
                .text("general.type", "model")
                .text("general.name", name)
                .u32("general.file_type", fileType(types));
        if (types.stream().anyMatch(DType::isBlocks)) {
            head.u32("general.quantization_version", QUANTIZATION_VERSION);
        }
    }

    /** llama.cpp's number for what most tensors are; of recipes of mixed types the medium one. */
    private static int fileType(List<DType> types) {
        Map<DType, Long> counts = new EnumMap<>(DType.class);
        types.forEach(type -> counts.merge(type, type == DType.F32 ? 0L : 1L, Long::sum));
        DType most = counts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(DType.F32);
        return switch (most) {
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q4_1 -> 3;
            case Q8_0 -> 7;
            case Q5_0 -> 8;
            case Q5_1 -> 9;
            case Q2_K -> 10;
            case Q3_K -> 12;
            case Q4_K -> 15;
            case Q5_K -> 17;
            case Q6_K -> 18;
            case BF16 -> 32;
            default -> 0;
        };
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
