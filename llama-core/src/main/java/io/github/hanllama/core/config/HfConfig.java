package io.github.hanllama.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.json.PrettyJson;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.quant.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads Hugging Face's {@code config.json} as transformers does: the defaults of its {@code LlamaConfig}, old and new
 * spellings, and a refusal by name of whatever would change the result. Remote code ({@code auto_map}) is ignored.
 */
public final class HfConfig {
    private static final Set<String> ARCHITECTURES = Set.of("LlamaForCausalLM", "LLaMAForCausalLM");
    private static final Set<String> ACTIVATIONS = Set.of("silu", "swish"); // two names of one function
    private static final List<Integer> DEFAULT_EOS = List.of(2);
    private static final int DEFAULT_BOS = 1;

    private final HfFields fields;
    private final Consumer<String> warnings;

    private HfConfig(HfFields fields, Consumer<String> warnings) {
        this.fields = fields;
        this.warnings = warnings;
    }

    /**
     * Parses and resolves a configuration.
     *
     * @param file where the bytes come from, for messages
     * @param warnings receives what is odd but does no harm, one line each
     * @throws ModelFormatException when it is malformed or contradicts itself
     * @throws UnsupportedModelException when it describes something other than a plain LLaMA
     */
    public static LlamaConfig read(byte[] json, String file, Consumer<String> warnings) {
        ObjectNode object = StrictJson.object(json, file);
        return new HfConfig(new HfFields(object, file), warnings).read();
    }

    /** A {@code config.json} that {@link #read} and every version of transformers turn into the same configuration. */
    public static String write(LlamaConfig config) {
        return PrettyJson.print(HfConfigWriter.json(config));
    }

    /**
     * In which fields of {@code config.json} two configurations differ, a sentence each; the type of the weights aside.
     *
     * @param said what should be said
     * @param read what is understood
     */
    public static List<String> differences(LlamaConfig said, LlamaConfig read) {
        ObjectNode one = HfConfigWriter.json(said);
        ObjectNode other = HfConfigWriter.json(read);
        List<String> differences = new ArrayList<>();
        one.properties().forEach(field -> {
            JsonNode found = other.path(field.getKey());
            if (!field.getKey().equals(HfConfigWriter.DTYPE)
                    && !field.getValue().equals(found)) {
                differences.add(field.getKey() + " is " + field.getValue() + ", the format alone gives " + found);
            }
        });
        return differences;
    }

    private LlamaConfig read() {
        checkFamily();
        checkWhatWouldChangeResults();
        try {
            return builder().build();
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(fields.file() + ": " + e.getMessage(), e);
        }
    }

    private LlamaConfigBuilder builder() {
        LlamaConfigBuilder builder = LlamaConfig.builder();
        fields.integer("hidden_size").ifPresent(builder::hiddenSize);
        fields.integer("intermediate_size").ifPresent(builder::intermediateSize);
        fields.integer("num_hidden_layers").ifPresent(builder::numHiddenLayers);
        fields.integer("num_attention_heads").ifPresent(builder::numAttentionHeads);
        fields.integer("num_key_value_heads").ifPresent(builder::numKeyValueHeads);
        fields.integer("head_dim").ifPresent(builder::headDim);
        fields.integer("vocab_size").ifPresent(builder::vocabSize);
        fields.number("rms_norm_eps").ifPresent(eps -> builder.rmsNormEps((float) eps));
        fields.bool("tie_word_embeddings").ifPresent(builder::tieWordEmbeddings);
        fields.bool("attention_bias").ifPresent(builder::attentionBias);
        fields.bool("mlp_bias").ifPresent(builder::mlpBias);
        int positions = maxPositions();
        HfRope rope = HfRope.of(fields, positions);
        return builder.maxPositionEmbeddings(positions)
                .ropeTheta(rope.theta())
                .ropeScaling(rope.scaling())
                .bosTokenId(tokenId("bos_token_id", OptionalInt.of(DEFAULT_BOS)))
                .padTokenId(tokenId("pad_token_id", OptionalInt.empty()))
                .eosTokenIds(fields.names("eos_token_id") ? eosTokenIds() : DEFAULT_EOS)
                .dtype(dtype());
    }

    /** Configurations of 2023 call it {@code max_sequence_length}. */
    private int maxPositions() {
        OptionalInt positions = fields.integer("max_position_embeddings");
        return positions.orElseGet(() -> fields.integer("max_sequence_length").orElse(2048));
    }

    private void checkFamily() {
        Optional<String> modelType = fields.string("model_type");
        List<String> architectures = fields.strings("architectures");
        boolean typed = modelType.isEmpty() || modelType.get().equals("llama");
        boolean built = architectures.isEmpty() || architectures.stream().anyMatch(ARCHITECTURES::contains);
        if (!typed || !built || (modelType.isEmpty() && architectures.isEmpty())) {
            throw new UnsupportedModelException(fields.file() + ": expected model_type llama and architecture"
                    + " LlamaForCausalLM, found model_type " + StrictJson.printable(modelType.orElse("(none)"))
                    + " and architectures " + architectures);
        }
    }

    private void checkWhatWouldChangeResults() {
        if (fields.has("quantization_config")) {
            throw new UnsupportedModelException(fields.file() + ": quantization_config: weights quantized with "
                    + StrictJson.printable(
                            fields.object("quantization_config").text("quant_method", "an unnamed method"))
                    + " are not supported; choose the unquantized model, this library quantizes while loading");
        }
        String activation = fields.text("hidden_act", "silu");
        if (!ACTIVATIONS.contains(activation)) {
            throw new UnsupportedModelException(
                    fields.file() + ": hidden_act: expected silu, found " + StrictJson.printable(activation));
        }
    }

    /** Negative ids, as in {@code "pad_token_id": -1}, mean none. */
    private OptionalInt tokenId(String name, OptionalInt absent) {
        if (!fields.names(name)) {
            return absent;
        }
        OptionalInt id = fields.integer(name);
        return id.isPresent() && id.getAsInt() >= 0 ? id : OptionalInt.empty();
    }

    private List<Integer> eosTokenIds() {
        return fields.integers("eos_token_id").stream().filter(id -> id >= 0).toList();
    }

    private Optional<DType> dtype() {
        String name = fields.names("dtype") ? "dtype" : "torch_dtype";
        if (!fields.has(name)) {
            return Optional.empty();
        }
        Optional<DType> dtype = fields.string(name).flatMap(HfConfig::dtype);
        if (dtype.isEmpty()) {
            warnings.accept(fields.file() + ": " + name + ": expected float32, float16 or bfloat16, found "
                    + fields.shown(name) + "; the types of the tensors count");
        }
        return dtype;
    }

    private static Optional<DType> dtype(String name) {
        return switch (name.toLowerCase(Locale.ROOT).replaceFirst("^torch\\.", "")) {
            case "float32", "float" -> Optional.of(DType.F32);
            case "float16", "half" -> Optional.of(DType.F16);
            case "bfloat16" -> Optional.of(DType.BF16);
            case "float64", "double" -> Optional.of(DType.F64);
            default -> Optional.empty();
        };
    }
}
