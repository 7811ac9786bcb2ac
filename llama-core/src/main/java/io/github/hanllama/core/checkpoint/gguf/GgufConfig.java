package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.LlamaConfigBuilder;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.quant.DType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/** The configuration of a LLaMA in the keys of GGUF. What they leave out is as llama.cpp has it. */
public final class GgufConfig {
    /** The one architecture that is read and written. */
    public static final String ARCHITECTURE = "llama";

    static final String GENERAL_ARCHITECTURE = "general.architecture";
    static final String BOS = "tokenizer.ggml.bos_token_id";
    static final String PAD = "tokenizer.ggml.padding_token_id";
    static final List<String> ENDS =
            List.of("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id");

    private static final float DEFAULT_THETA = 10000;
    private static final int MAX_LAYERS = 1024;
    private static final Set<String> UNDERSTOOD = Set.of(
            "context_length",
            "embedding_length",
            "block_count",
            "feed_forward_length",
            "vocab_size",
            "expert_count",
            "expert_used_count",
            "tensor_data_layout",
            "attention.head_count",
            "attention.head_count_kv",
            "attention.key_length",
            "attention.value_length",
            "attention.layer_norm_rms_epsilon",
            "rope.dimension_count",
            "rope.freq_base",
            "rope.scale_linear",
            "rope.scaling.type",
            "rope.scaling.factor",
            "rope.scaling.attn_factor",
            "rope.scaling.original_context_length",
            "rope.scaling.finetuned");

    private final GgufMetadata metadata;
    private final Weights weights;
    private final Consumer<String> warnings;

    private GgufConfig(GgufMetadata metadata, Weights weights, Consumer<String> warnings) {
        this.metadata = metadata;
        this.weights = weights;
        this.warnings = warnings;
    }

    /**
     * What the tensors say about the configuration.
     *
     * @param vocabSize rows of the embedding
     * @param ropeFactors what the rotary frequencies are divided by, empty when that is stored nowhere
     * @param dtype of the embedding
     */
    public record Weights(
            long vocabSize,
            boolean tied,
            boolean attentionBias,
            boolean mlpBias,
            List<Float> ropeFactors,
            DType dtype) {
        public Weights {
            ropeFactors = List.copyOf(ropeFactors);
        }
    }

    /**
     * Whether this file is of the architecture that is supported; before anything else is asked of it.
     *
     * @throws UnsupportedModelException when it is another
     * @throws ModelFormatException when it does not say
     */
    public static void requireLlama(GgufMetadata metadata) {
        String found = metadata.text(GENERAL_ARCHITECTURE)
                .orElseThrow(() -> metadata.malformed(GENERAL_ARCHITECTURE, ARCHITECTURE, "nothing"));
        if (!found.equals(ARCHITECTURE)) {
            throw new UnsupportedModelException(metadata.file() + ": architecture " + StrictJson.printable(found)
                    + " is not supported, expected " + ARCHITECTURE);
        }
    }

    /**
     * How many layers the file says it has, inside the bounds of any model.
     *
     * @throws ModelFormatException when it says nothing or something else
     */
    public static int layers(GgufMetadata metadata) {
        int layers = metadata.count(key("block_count"))
                .orElseThrow(() -> metadata.malformed(key("block_count"), "a number", "nothing"));
        if (layers < 1 || layers > MAX_LAYERS) {
            throw metadata.malformed(key("block_count"), "1 to " + MAX_LAYERS + " layers", Integer.toString(layers));
        }
        return layers;
    }

    /**
     * @param warnings receives what is odd but does no harm, one line each
     * @throws ModelFormatException when a key is missing, or two contradict each other
     * @throws UnsupportedModelException when it asks for what is not LLaMA
     */
    public static LlamaConfig read(GgufMetadata metadata, Weights weights, Consumer<String> warnings) {
        return new GgufConfig(metadata, weights, warnings).read();
    }

    private LlamaConfig read() {
        warnOfUnknown();
        if (count("expert_count").orElse(0) > 0) {
            throw unsupported("expert_count", "0", count("expert_count").getAsInt() + " (a mixture of experts)");
        }
        int hiddenSize = required("embedding_length");
        int heads = required("attention.head_count");
        int headDim = headDim(hiddenSize, heads);
        int positions = required("context_length");
        try {
            LlamaConfigBuilder config = LlamaConfig.builder()
                    .hiddenSize(hiddenSize)
                    .intermediateSize(required("feed_forward_length"))
                    .numHiddenLayers(required("block_count"))
                    .numAttentionHeads(heads)
                    .numKeyValueHeads(count("attention.head_count_kv").orElse(heads))
                    .headDim(headDim)
                    .vocabSize(vocabSize())
                    .maxPositionEmbeddings(positions)
                    .rmsNormEps((float) metadata.number(key("attention.layer_norm_rms_epsilon"))
                            .orElseThrow(() -> missing("attention.layer_norm_rms_epsilon")))
                    .ropeTheta(metadata.number(key("rope.freq_base")).orElse(DEFAULT_THETA))
                    .tieWordEmbeddings(weights.tied)
                    .attentionBias(weights.attentionBias)
                    .mlpBias(weights.mlpBias)
                    .bosTokenId(metadata.count(BOS))
                    .padTokenId(metadata.count(PAD))
                    .eosTokenIds(ends())
                    .dtype(Optional.of(weights.dtype).filter(DType::isFloatingPoint));
            return config.ropeScaling(
                            new GgufRope(metadata, headDim, positions).read(weights.ropeFactors, config.build()))
                    .build();
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(metadata.file() + ": " + e.getMessage(), e);
        }
    }

    private void warnOfUnknown() {
        List<String> unknown = metadata.keys().stream()
                .filter(key -> key.startsWith(ARCHITECTURE + "."))
                .filter(key -> !UNDERSTOOD.contains(key.substring(ARCHITECTURE.length() + 1)))
                .map(StrictJson::printable)
                .limit(10)
                .toList();
        if (!unknown.isEmpty()) {
            warnings.accept(metadata.file() + ": settings that have no effect here: " + String.join(", ", unknown));
        }
    }

    private int headDim(int hiddenSize, int heads) {
        OptionalInt stated = count("attention.key_length");
        if (heads < 1 || stated.isEmpty() && hiddenSize % heads != 0) {
            throw malformed("attention.head_count", "a divisor of embedding_length " + hiddenSize, heads);
        }
        int headDim = stated.orElse(hiddenSize / heads);
        int values = count("attention.value_length").orElse(headDim);
        if (values != headDim) {
            throw unsupported("attention.value_length", "attention.key_length " + headDim, Integer.toString(values));
        }
        int rotated = count("rope.dimension_count").orElse(headDim);
        if (rotated < 1 || rotated > headDim) {
            throw malformed("rope.dimension_count", "1 to the " + headDim + " of a head", rotated);
        }
        if (rotated != headDim) {
            throw unsupported("rope.dimension_count", "all " + headDim + " of a head", Integer.toString(rotated));
        }
        return headDim;
    }

    private int vocabSize() {
        int rows = Math.toIntExact(weights.vocabSize);
        int stated = count("vocab_size").orElse(rows);
        if (stated != rows) {
            throw malformed("vocab_size", "the " + rows + " rows of the embedding", stated);
        }
        return rows;
    }

    private List<Integer> ends() {
        Set<Integer> ids = new LinkedHashSet<>();
        ENDS.forEach(key -> metadata.count(key).ifPresent(ids::add));
        return new ArrayList<>(ids);
    }

    private static String key(String name) {
        return ARCHITECTURE + "." + name;
    }

    private OptionalInt count(String name) {
        return metadata.count(key(name));
    }

    private int required(String name) {
        return count(name).orElseThrow(() -> missing(name));
    }

    private ModelFormatException missing(String name) {
        return metadata.malformed(key(name), "a number", "nothing");
    }

    private ModelFormatException malformed(String name, String expected, int found) {
        return metadata.malformed(key(name), expected, Integer.toString(found));
    }

    private UnsupportedModelException unsupported(String name, String expected, String found) {
        return new UnsupportedModelException(
                metadata.file() + ": " + key(name) + ": expected " + expected + ", found " + found);
    }
}
