package io.github.hanllama.quant;

/**
 * What a {@link QuantRecipe} asks about the model.
 *
 * @param tieWordEmbeddings whether the embedding is the head, too
 * @param importanceMatrix whether columns are weighted by an importance matrix
 */
public record QuantizedModel(
        int numHiddenLayers,
        int numAttentionHeads,
        int numKeyValueHeads,
        boolean tieWordEmbeddings,
        boolean importanceMatrix) {
    public QuantizedModel {
        if (numHiddenLayers < 1 || numKeyValueHeads < 1 || numAttentionHeads < numKeyValueHeads) {
            throw new IllegalArgumentException("expected at least one layer and at least as many heads as key-value"
                    + " heads, were " + numHiddenLayers + ", " + numAttentionHeads + " and " + numKeyValueHeads);
        }
    }

    int numKeyValueGroups() {
        return numAttentionHeads / numKeyValueHeads;
    }

    /** LLaMA-2-70B and models of its depth: small value matrices that are worth more bits. */
    boolean hasSmallValues() {
        return numHiddenLayers == 80 && numAttentionHeads != numKeyValueHeads;
    }

    /** The first and the last eighth of the layers, and every third between them. */
    boolean isDelicate(int layer) {
        int eighth = numHiddenLayers / 8;
        return layer < eighth || layer >= 7 * numHiddenLayers / 8 || (layer - eighth) % 3 == 2;
    }

    /** Whether the layer is in the first {@code 1 / parts} of them. */
    boolean isEarly(int layer, int parts) {
        return layer < numHiddenLayers / parts;
    }
}
