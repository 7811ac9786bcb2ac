package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.RopeScaling;
import io.github.hanllama.core.config.RopeScaling.Linear;
import io.github.hanllama.core.config.RopeScaling.Llama3;
import io.github.hanllama.core.config.RopeScaling.Yarn;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.json.StrictJson;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Rotary scaling in the keys of GGUF. That of Llama 3.1 is in none of them: the format has a tensor of what each frequency
 * is divided by, and its four parameters are found again by trying those that are in use, and those that our own writer
 * notes.
 */
final class GgufRope {
    private static final String PREFIX = "llama.rope.scaling.";
    private static final String NOTED = "hanllama.rope.llama3.";
    private static final double BETA_FAST = 32;
    private static final double BETA_SLOW = 1;
    private static final double MAX_DEVIATION = 1e-5;
    private static final int TRAINED = 8192;
    /** Of Llama 3.1 and 3.3; of Llama 3.2. */
    private static final List<Llama3> IN_USE = List.of(new Llama3(8, 1, 4, TRAINED), new Llama3(32, 1, 4, TRAINED));

    private final GgufMetadata metadata;
    private final int headDim;
    private final int positions;

    GgufRope(GgufMetadata metadata, int headDim, int positions) {
        this.metadata = metadata;
        this.headDim = headDim;
        this.positions = positions;
    }

    /** @param unscaled the configuration but for its scaling */
    RopeScaling read(List<Float> factors, LlamaConfig unscaled) {
        double factor = factor();
        String type = metadata.text(PREFIX + "type").orElse(factor == 1 ? "none" : "linear");
        if (!factors.isEmpty()) {
            if (!type.equals("none") && factor != 1) {
                throw unsupported(type + " scaling beside rope_freqs.weight");
            }
            return llama3(factors, unscaled.ropeTheta());
        }
        return switch (type) {
            case "none" -> RopeScaling.NONE;
            case "linear" -> factor == 1 ? RopeScaling.NONE : new Linear(factor);
            case "yarn" -> yarn(factor);
            default -> throw unsupported(PREFIX + "type " + type);
        };
    }

    /** Zero is the format's word for none. */
    private double factor() {
        double stated = metadata.number(PREFIX + "factor")
                .orElseGet(() -> metadata.number("llama.rope.scale_linear").orElse(0));
        return stated == 0 ? 1 : stated;
    }

    private RopeScaling yarn(double factor) {
        int original = metadata.count(PREFIX + "original_context_length").orElse(positions);
        OptionalDouble stretch = metadata.number(PREFIX + "attn_factor");
        OptionalDouble attention = stretch.isPresent() && stretch.getAsDouble() != 1
                ? OptionalDouble.of(stretch.getAsDouble() * (factor <= 1 ? 1 : 0.1 * StrictMath.log(factor) + 1))
                : OptionalDouble.empty();
        return new Yarn(factor, original, attention, BETA_FAST, BETA_SLOW, 0, 0, true);
    }

    private RopeScaling llama3(List<Float> factors, double theta) {
        if (factors.size() != headDim / 2) {
            throw metadata.malformed("rope_freqs.weight", headDim / 2 + " factors", Integer.toString(factors.size()));
        }
        if (factors.stream().allMatch(factor -> factor == 1)) {
            return RopeScaling.NONE;
        }
        List<Llama3> candidates = new ArrayList<>(IN_USE);
        noted(candidates);
        return candidates.stream()
                .filter(candidate -> isClose(factors(candidate, theta, headDim), factors))
                .findFirst()
                .orElseThrow(() -> unsupported("rope_freqs.weight with factors up to "
                        + factors.stream().max(Float::compare).orElseThrow()));
    }

    private void noted(List<Llama3> candidates) {
        OptionalDouble factor = metadata.number(NOTED + "factor");
        OptionalDouble low = metadata.number(NOTED + "low_freq_factor");
        OptionalDouble high = metadata.number(NOTED + "high_freq_factor");
        OptionalInt original = metadata.count(NOTED + "original_context_length");
        if (factor.isPresent() && low.isPresent() && high.isPresent() && original.isPresent()) {
            candidates.add(
                    new Llama3(factor.getAsDouble(), low.getAsDouble(), high.getAsDouble(), original.getAsInt()));
        }
    }

    private static boolean isClose(List<Float> computed, List<Float> stored) {
        for (int i = 0; i < stored.size(); i++) {
            if (!(Math.abs(computed.get(i) - stored.get(i)) <= MAX_DEVIATION * computed.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** What each frequency is divided by. */
    static List<Float> factors(Llama3 scaling, double theta, int headDim) {
        double trained = scaling.originalMaxPositionEmbeddings();
        List<Float> factors = new ArrayList<>();
        for (int i = 0; i < headDim / 2; i++) {
            double wavelength = 2 * Math.PI * StrictMath.pow(theta, 2.0 * i / headDim);
            if (wavelength < trained / scaling.highFreqFactor()) {
                factors.add(1f);
            } else if (wavelength > trained / scaling.lowFreqFactor()) {
                factors.add((float) scaling.factor());
            } else {
                double smooth = (trained / wavelength - scaling.lowFreqFactor())
                        / (scaling.highFreqFactor() - scaling.lowFreqFactor());
                factors.add((float) (1 / ((1 - smooth) / scaling.factor() + smooth)));
            }
        }
        return factors;
    }

    /** @throws IllegalArgumentException when the format has no words for the scaling */
    static void write(RopeScaling scaling, GgufHead head) {
        switch (scaling) {
            case RopeScaling.None none -> {}
            case Linear linear -> head.text(PREFIX + "type", "linear").f32(PREFIX + "factor", (float) linear.factor());
            case Yarn yarn -> writeYarn(yarn, head);
            case Llama3 llama3 ->
                head.f32(NOTED + "factor", (float) llama3.factor())
                        .f32(NOTED + "low_freq_factor", (float) llama3.lowFreqFactor())
                        .f32(NOTED + "high_freq_factor", (float) llama3.highFreqFactor())
                        .u32(NOTED + "original_context_length", llama3.originalMaxPositionEmbeddings());
            case RopeScaling.DynamicNtk dynamic ->
                throw new IllegalArgumentException("GGUF has no words for dynamic rope scaling");
        }
    }

    private static void writeYarn(Yarn yarn, GgufHead head) {
        if (yarn.betaFast() != BETA_FAST || yarn.betaSlow() != BETA_SLOW || !yarn.truncate() || yarn.mscale() != 0) {
            throw new IllegalArgumentException("GGUF has no words for YaRN with other than its default parameters");
        }
        double own = yarn.factor() <= 1 ? 1 : 0.1 * StrictMath.log(yarn.factor()) + 1;
        head.text(PREFIX + "type", "yarn")
                .f32(PREFIX + "factor", (float) yarn.factor())
                .u32(PREFIX + "original_context_length", yarn.originalMaxPositionEmbeddings());
        if (yarn.attentionFactor().isPresent()) {
            head.f32(PREFIX + "attn_factor", (float) (yarn.attentionFactor().getAsDouble() / own));
        }
    }

    private UnsupportedModelException unsupported(String found) {
        return new UnsupportedModelException(
                metadata.file() + ": rotary scaling: expected none, linear, yarn or that of" + " Llama 3.1, found "
                        + StrictJson.printable(found));
    }
}
