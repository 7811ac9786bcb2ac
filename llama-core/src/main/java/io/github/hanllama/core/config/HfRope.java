package io.github.hanllama.core.config;

import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.json.StrictJson;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * The rotary part of a {@code config.json}: {@code rope_theta} with {@code rope_scaling}, or the newer
 * {@code rope_parameters} that holds both. Rules of transformers' {@code RotaryEmbeddingConfigMixin} (modeling_rope_utils.py).
 */
record HfRope(double theta, RopeScaling scaling) {
    private static final double DEFAULT_THETA = 10000;
    private static final double DEFAULT_BETA_FAST = 32;
    private static final double DEFAULT_BETA_SLOW = 1;

    static HfRope of(HfFields config, int maxPositions) {
        double theta = optional(config, "rope_theta").orElse(DEFAULT_THETA);
        boolean older = config.has("rope_scaling");
        boolean newer = config.has("rope_parameters");
        if (older && newer && !config.shown("rope_scaling").equals(config.shown("rope_parameters"))) {
            throw config.malformed("rope_scaling", "the same as rope_parameters, or only one of them");
        }
        if (!older && !newer) {
            return new HfRope(theta, RopeScaling.NONE);
        }
        HfFields rope = config.object(newer ? "rope_parameters" : "rope_scaling");
        if (rope.nests()) {
            throw new UnsupportedModelException(config.file()
                    + ": rope_parameters: expected one set for all layers, found one for each kind of layer");
        }
        requireWhole(config);
        requireWhole(rope);
        return new HfRope(optional(rope, "rope_theta").orElse(theta), scaling(config, rope, maxPositions));
    }

    private static void requireWhole(HfFields fields) {
        double part = fields.has("partial_rotary_factor")
                ? fields.number("partial_rotary_factor").orElse(1)
                : 1;
        if (part != 1) {
            throw new UnsupportedModelException(fields.file() + ": partial_rotary_factor: expected 1, found "
                    + fields.shown("partial_rotary_factor"));
        }
    }

    private static RopeScaling scaling(HfFields config, HfFields rope, int maxPositions) {
        String type = rope.text("rope_type", rope.text("type", "default"));
        return switch (type) {
            case "default" -> RopeScaling.NONE;
            case "linear" -> new RopeScaling.Linear(required(rope, "factor"));
            case "dynamic" -> new RopeScaling.DynamicNtk(required(rope, "factor"), maxPositions);
            case "yarn" -> yarn(rope, originalPositions(config, rope).orElse(maxPositions), maxPositions);
            case "llama3" -> llama3(config, rope);
            default ->
                throw new UnsupportedModelException(config.file() + ": rope type " + StrictJson.printable(type)
                        + " is not supported, expected default, linear, dynamic, yarn or llama3");
        };
    }

    private static RopeScaling yarn(HfFields rope, int originalPositions, int maxPositions) {
        double ratio = (double) maxPositions / originalPositions;
        return new RopeScaling.Yarn(
                rope.has("factor") ? required(rope, "factor") : ratio,
                originalPositions,
                optional(rope, "attention_factor"),
                nonZero(rope, "beta_fast", DEFAULT_BETA_FAST),
                nonZero(rope, "beta_slow", DEFAULT_BETA_SLOW),
                nonZero(rope, "mscale", 0),
                nonZero(rope, "mscale_all_dim", 0),
                rope.bool("truncate").orElse(true));
    }

    private static RopeScaling llama3(HfFields config, HfFields rope) {
        OptionalInt original = originalPositions(config, rope);
        if (original.isEmpty()) {
            throw rope.malformed("original_max_position_embeddings", "an integer");
        }
        double low = required(rope, "low_freq_factor");
        double high = required(rope, "high_freq_factor");
        if (!(low > 0) || !(high > low)) {
            throw rope.malformed("high_freq_factor", "more than low_freq_factor " + low + ", which is above 0");
        }
        return new RopeScaling.Llama3(required(rope, "factor"), low, high, original.getAsInt());
    }

    private static OptionalInt originalPositions(HfFields config, HfFields rope) {
        OptionalInt outer = config.integer("original_max_position_embeddings");
        OptionalInt positions = outer.isPresent() ? outer : rope.integer("original_max_position_embeddings");
        if (positions.isPresent() && positions.getAsInt() < 1) {
            throw rope.malformed("original_max_position_embeddings", "a positive integer");
        }
        return positions;
    }

    private static double required(HfFields rope, String name) {
        return rope.number(name).orElseThrow(() -> rope.malformed(name, "a number"));
    }

    private static OptionalDouble optional(HfFields rope, String name) {
        return rope.has(name) ? rope.number(name) : OptionalDouble.empty();
    }

    /** Python's {@code value or default}. */
    private static double nonZero(HfFields rope, String name, double absent) {
        double value = optional(rope, name).orElse(0);
        return value == 0 ? absent : value;
    }
}
