package io.github.hanllama.core.config;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.json.StrictJson;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Meta's {@code params.json}. What it leaves out is as in Meta's code: as many key heads as query heads,
 * {@code norm_eps} 1e-5, {@code rope_theta} 10000, {@code multiple_of} 256, {@code ffn_dim_multiplier} 1.
 *
 * <p>The width of the MLP and the vocabulary are not in it but in the weights. Nor is the trained context; it is told by
 * the generation: 2048 for LLaMA (norm_eps 1e-6, or the 65B's shape), 4096 for Llama-2, 8192 for Llama-3 (rope_theta
 * 500000), 16384 for Code Llama (rope_theta 1000000), 131072 from Llama-3.1 on (use_scaled_rope).
 *
 * @param statesMlp whether the file says anything about the width of the MLP
 * @param vocabSize empty where the file says -1 or nothing, which means that of the tokenizer
 */
public record MetaParams(
        int dim,
        int numLayers,
        int numHeads,
        int numKeyValueHeads,
        int multipleOf,
        double ffnDimMultiplier,
        boolean statesMlp,
        double normEps,
        double ropeTheta,
        RopeScaling ropeScaling,
        int maxPositionEmbeddings,
        OptionalInt vocabSize) {
    private static final int DEFAULT_MULTIPLE_OF = 256;
    private static final int MAX_LAYERS = 1024;
    private static final int MAX_DIM = 1 << 20;
    private static final int MAX_MULTIPLE_OF = 1 << 20;
    private static final double MAX_FFN_DIM_MULTIPLIER = 64;
    private static final double DEFAULT_NORM_EPS = 1e-5;
    private static final double DEFAULT_ROPE_THETA = 10000;
    private static final double LLAMA_NORM_EPS = 1e-6;
    /** What Meta's code has in its source when params.json says {@code use_scaled_rope}. */
    static final RopeScaling.Llama3 SCALED_ROPE = new RopeScaling.Llama3(8, 1, 4, 8192);

    private static final List<String> CHANGES_RESULTS = List.of("quantization_args", "moe_args", "lora_args");

    /**
     * Parses the file.
     *
     * @param file where the bytes come from, for messages
     * @throws ModelFormatException when it is malformed or contradicts itself
     * @throws UnsupportedModelException when it describes something other than a plain LLaMA
     */
    public static MetaParams read(byte[] json, String file) {
        HfFields fields = new HfFields(StrictJson.object(json, file), file);
        Optional<String> other = CHANGES_RESULTS.stream().filter(fields::has).findFirst();
        if (other.isPresent()) {
            throw new UnsupportedModelException(
                    file + ": " + other.get() + ": expected a plain LLaMA, found " + fields.shown(other.get()));
        }
        int heads = required(fields, "n_heads");
        int dim = atMost(fields, "dim", MAX_DIM, required(fields, "dim"));
        if (dim % heads != 0 || dim / heads % 2 != 0) {
            throw fields.malformed("dim", "an even multiple of n_heads " + heads);
        }
        int keyValueHeads = positive(fields, "n_kv_heads", heads);
        if (heads % keyValueHeads != 0) {
            throw fields.malformed("n_kv_heads", "a divisor of n_heads " + heads);
        }
        double eps = number(fields, "norm_eps", DEFAULT_NORM_EPS);
        double theta = number(fields, "rope_theta", DEFAULT_ROPE_THETA);
        int layers = atMost(fields, "n_layers", MAX_LAYERS, required(fields, "n_layers"));
        boolean scaled = fields.bool("use_scaled_rope").orElse(false);
        return new MetaParams(
                dim,
                layers,
                heads,
                keyValueHeads,
                atMost(fields, "multiple_of", MAX_MULTIPLE_OF, positive(fields, "multiple_of", DEFAULT_MULTIPLE_OF)),
                ffnDimMultiplier(fields, dim),
                fields.has("multiple_of") || fields.has("ffn_dim_multiplier"),
                eps,
                theta,
                scaled ? scaledRope(fields) : RopeScaling.NONE,
                scaled ? 131072 : context(fields, dim, layers, eps, theta),
                vocabSize(fields));
    }

    /**
     * A {@code params.json}. Biases, and heads of another width, it has no words for; what {@link #read} makes of the rest
     * may differ in what the file does not say, such as the context.
     *
     * @param tokens of the tokenizer beside it; 0 for none
     */
    public static String write(LlamaConfig config, int tokens) {
        return MetaParamsWriter.write(config, tokens);
    }

    private static double ffnDimMultiplier(HfFields fields, int dim) {
        double multiplier = number(fields, "ffn_dim_multiplier", 1);
        if (multiplier > MAX_FFN_DIM_MULTIPLIER) {
            throw fields.malformed("ffn_dim_multiplier", "at most " + MAX_FFN_DIM_MULTIPLIER);
        }
        if (scaledWidth(multiplier, dim) < 1) {
            throw fields.malformed("ffn_dim_multiplier", "enough for an MLP of one row");
        }
        return multiplier;
    }

    private static RopeScaling scaledRope(HfFields fields) {
        return new RopeScaling.Llama3(
                number(fields, "rope_scaling_factor", SCALED_ROPE.factor()),
                SCALED_ROPE.lowFreqFactor(),
                number(fields, "rope_high_freq_factor", SCALED_ROPE.highFreqFactor()),
                SCALED_ROPE.originalMaxPositionEmbeddings());
    }

    private static int context(HfFields fields, int dim, int layers, double eps, double theta) {
        if (theta > DEFAULT_ROPE_THETA) {
            return theta >= 1_000_000 ? 16384 : 8192;
        }
        boolean shaped65b = dim == 8192 && layers == 80 && !fields.has("n_kv_heads");
        return eps == LLAMA_NORM_EPS || shaped65b ? 2048 : 4096;
    }

    private static OptionalInt vocabSize(HfFields fields) {
        OptionalInt size = fields.integer("vocab_size");
        if (size.isPresent() && size.getAsInt() < 1 && size.getAsInt() != -1) {
            throw fields.malformed("vocab_size", "a positive number, or -1 for that of the tokenizer");
        }
        return size.isPresent() && size.getAsInt() > 0 ? size : OptionalInt.empty();
    }

    private static int required(HfFields fields, String name) {
        if (!fields.has(name)) {
            throw fields.malformed(name, "a positive number");
        }
        return positive(fields, name, 0);
    }

    private static int positive(HfFields fields, String name, int absent) {
        OptionalInt value = fields.integer(name);
        if (value.isPresent() && value.getAsInt() < 1) {
            throw fields.malformed(name, "a positive number");
        }
        return value.orElse(absent);
    }

    private static double number(HfFields fields, String name, double absent) {
        OptionalDouble value = fields.has(name) ? fields.number(name) : OptionalDouble.empty();
        if (value.isPresent() && !(value.getAsDouble() > 0)) {
            throw fields.malformed(name, "a positive number");
        }
        return value.orElse(absent);
    }

    private static int atMost(HfFields fields, String name, int max, int value) {
        if (value > max) {
            throw fields.malformed(name, "at most " + max);
        }
        return value;
    }

    /** Width of one head. */
    public int headDim() {
        return dim / numHeads;
    }

    /** The width of the MLP by Meta's rule: two thirds of four times {@code dim}, scaled, rounded up. */
    public long intermediateSize() {
        return intermediateSize(dim, multipleOf, ffnDimMultiplier);
    }

    static long intermediateSize(int dim, int multipleOf, double multiplier) {
        return Math.multiplyExact(multipleOf, Math.ceilDiv(scaledWidth(multiplier, dim), multipleOf));
    }

    static long scaledWidth(double multiplier, int dim) {
        return (long) (multiplier * (8L * dim / 3));
    }

    /**
     * The configuration, with what the weights say.
     *
     * @throws IllegalArgumentException when a value is out of range
     */
    public LlamaConfigBuilder toConfig(long intermediateSize, long vocabularyRows) {
        return LlamaConfig.builder()
                .hiddenSize(dim)
                .intermediateSize(Math.toIntExact(Math.min(intermediateSize, Integer.MAX_VALUE)))
                .numHiddenLayers(numLayers)
                .numAttentionHeads(numHeads)
                .numKeyValueHeads(numKeyValueHeads)
                .vocabSize(vocabSize.orElse(Math.toIntExact(Math.min(vocabularyRows, Integer.MAX_VALUE))))
                .maxPositionEmbeddings(maxPositionEmbeddings)
                .rmsNormEps((float) normEps)
                .ropeTheta(ropeTheta)
                .ropeScaling(ropeScaling);
    }
}
