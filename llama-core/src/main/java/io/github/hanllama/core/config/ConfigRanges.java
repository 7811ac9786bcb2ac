package io.github.hanllama.core.config;

/** The ranges inside which every size computed from a configuration fits a long, and no division is by zero. */
final class ConfigRanges {
    private static final int MAX_WIDTH = 1 << 20;
    private static final int MAX_LAYERS = 1024;
    private static final int MAX_VOCABULARY = 1 << 24;
    private static final int MAX_POSITIONS = 1 << 28;

    private ConfigRanges() {}

    @SuppressWarnings("TooManyParameters")
    static void check(
            int hiddenSize,
            int intermediateSize,
            int numHiddenLayers,
            int numAttentionHeads,
            int numKeyValueHeads,
            int headDim,
            int vocabSize,
            int maxPositionEmbeddings,
            float rmsNormEps,
            double ropeTheta) {
        within("hidden_size", hiddenSize, MAX_WIDTH);
        within("intermediate_size", intermediateSize, MAX_WIDTH);
        within("num_hidden_layers", numHiddenLayers, MAX_LAYERS);
        within("num_attention_heads", numAttentionHeads, MAX_WIDTH);
        within("num_key_value_heads", numKeyValueHeads, MAX_WIDTH);
        within("head_dim", headDim, MAX_WIDTH);
        within("vocab_size", vocabSize, MAX_VOCABULARY);
        within("max_position_embeddings", maxPositionEmbeddings, MAX_POSITIONS);
        if (numAttentionHeads % numKeyValueHeads != 0) {
            throw new IllegalArgumentException("num_key_value_heads must divide num_attention_heads, found "
                    + numKeyValueHeads + " and " + numAttentionHeads);
        }
        if (headDim % 2 != 0) {
            throw new IllegalArgumentException("head_dim must be even for rotary embeddings, found " + headDim);
        }
        within("num_attention_heads * head_dim", Math.multiplyExact((long) numAttentionHeads, headDim), MAX_WIDTH);
        if (!(rmsNormEps > 0) || rmsNormEps >= 1) {
            throw new IllegalArgumentException("rms_norm_eps must be in (0, 1), found " + rmsNormEps);
        }
        if (!(ropeTheta > 0) || Double.isInfinite(ropeTheta)) {
            throw new IllegalArgumentException("rope_theta must be positive and finite, found " + ropeTheta);
        }
    }

    private static void within(String name, long value, long max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " must be in 1.." + max + ", found " + value);
        }
    }
}
