package io.github.hanllama.core.config;

import java.util.OptionalDouble;

/**
 * How rotary frequencies are stretched beyond the trained context; names as in the {@code rope_type} of Hugging Face
 * configurations. The formulas are those of transformers' {@code modeling_rope_utils.py}.
 */
public sealed interface RopeScaling {
    /** No scaling. */
    RopeScaling NONE = new None();

    /** {@code "default"}: the frequencies as trained. */
    record None() implements RopeScaling {}

    /** {@code "linear"} (position interpolation): positions are divided by the factor. */
    record Linear(double factor) implements RopeScaling {
        public Linear {
            requireFactor(factor);
        }
    }

    /**
     * {@code "dynamic"} NTK: beyond {@code originalMaxPositionEmbeddings} the base grows with the sequence length.
     *
     * <p>The length that counts is that of the whole prompt for all of its positions, however it is cut into chunks, and
     * {@code position + 1} for each generated token. Keys already cached keep the rotation they were written with.
     */
    record DynamicNtk(double factor, int originalMaxPositionEmbeddings) implements RopeScaling {
        public DynamicNtk {
            requireFactor(factor);
        }
    }

    /**
     * {@code "yarn"} (arXiv:2309.00071).
     *
     * @param attentionFactor explicit factor on the rotated vectors; by default derived from the others
     * @param mscale numerator of the derived attention factor, 0 when absent
     * @param mscaleAllDim denominator of the derived attention factor, 0 when absent
     * @param truncate whether the correction range is rounded to whole dimensions
     */
    record Yarn(
            double factor,
            int originalMaxPositionEmbeddings,
            OptionalDouble attentionFactor,
            double betaFast,
            double betaSlow,
            double mscale,
            double mscaleAllDim,
            boolean truncate)
            implements RopeScaling {
        public Yarn {
            requireFactor(factor);
        }
    }

    /** {@code "llama3"}: low frequencies are divided by the factor, high ones kept, with a ramp between. */
    record Llama3(double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositionEmbeddings)
            implements RopeScaling {
        public Llama3 {
            requireFactor(factor);
        }
    }

    private static void requireFactor(double factor) {
        if (!(factor > 0) || Double.isInfinite(factor)) {
            throw new IllegalArgumentException("rope scaling factor must be positive and finite, was " + factor);
        }
    }
}
