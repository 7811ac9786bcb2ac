package io.github.hanllama.core.engine;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.RopeScaling.DynamicNtk;
import io.github.hanllama.core.error.UnsupportedModelException;

/**
 * Rotary position embedding of a configuration, in the half-split layout: dimension {@code i} of a head turns with
 * dimension {@code i + headDim / 2}. Immutable and thread-safe.
 *
 * <pre>{@code
 * RotaryEmbedding rotary = RotaryEmbedding.of(config);
 * rotary.fill(position, sequenceLength, cos, sin, 0);
 * rotary.rotate(query, head * headDim, cos, sin, 0);
 * }</pre>
 *
 * <p>Angles are rounded to f32 before cos and sin, as transformers and Meta's code do: weights were trained with that
 * rounding, so an exact angle would be further from the model, not nearer.
 */
public final class RotaryEmbedding {
    private final LlamaConfig config;
    private final float attentionScaling;
    private volatile Frequencies latest;

    private RotaryEmbedding(LlamaConfig config) {
        this.config = config;
        this.attentionScaling = RopeFrequencies.attentionScaling(config.ropeScaling());
        this.latest = new Frequencies(0, RopeFrequencies.inverse(config, 0));
    }

    /** @throws UnsupportedModelException when the scaling is not defined for this head width */
    public static RotaryEmbedding of(LlamaConfig config) {
        if (config.ropeScaling() instanceof DynamicNtk && config.headDim() == 2) {
            throw new UnsupportedModelException(
                    "dynamic rope scaling is not defined for head_dim 2; expected 4 or more, use rope_type linear");
        }
        return new RotaryEmbedding(config);
    }

    /** Angles per position: half a head. */
    public int width() {
        return config.headDim() / 2;
    }

    /** Whether the frequencies change with the length of the sequence; otherwise it is ignored everywhere. */
    public boolean dependsOnLength() {
        return config.ropeScaling() instanceof DynamicNtk;
    }

    /**
     * Writes cos and sin of one position, {@link #width()} values each from the offset, attention scaling included.
     *
     * @param sequenceLength positions the frequencies are stretched for: the whole prompt's for each of its positions,
     *     {@code position + 1} for a generated token
     */
    public void fill(int position, int sequenceLength, float[] cos, float[] sin, int offset) {
        float[] inverse = inverseFrequencies(sequenceLength);
        for (int i = 0; i < inverse.length; i++) {
            float angle = position * inverse[i];
            cos[offset + i] = (float) StrictMath.cos(angle) * attentionScaling;
            sin[offset + i] = (float) StrictMath.sin(angle) * attentionScaling;
        }
    }

    /** Turns one head in place by the angles {@link #fill} wrote. */
    public void rotate(float[] heads, int offset, float[] cos, float[] sin, int angles) {
        int half = width();
        for (int i = 0; i < half; i++) {
            float first = heads[offset + i];
            float second = heads[offset + half + i];
            heads[offset + i] = first * cos[angles + i] - second * sin[angles + i];
            heads[offset + half + i] = second * cos[angles + i] + first * sin[angles + i];
        }
    }

    private float[] inverseFrequencies(int sequenceLength) {
        int stretched = config.ropeScaling() instanceof DynamicNtk dynamic
                ? Math.max(dynamic.originalMaxPositionEmbeddings(), sequenceLength)
                : 0;
        Frequencies known = latest;
        if (known.sequenceLength != stretched) {
            known = new Frequencies(stretched, RopeFrequencies.inverse(config, stretched));
            latest = known; // a race only repeats the same work
        }
        return known.inverse;
    }

    private static final class Frequencies {
        private final int sequenceLength;
        private final float[] inverse;

        Frequencies(int sequenceLength, float[] inverse) {
            this.sequenceLength = sequenceLength;
            this.inverse = inverse;
        }
    }
}
