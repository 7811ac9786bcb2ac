package io.github.hanllama.core.config;

import io.github.hanllama.quant.DType;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The shape of a LLaMA model, every default resolved. Names are those of Hugging Face's {@code config.json}.
 *
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of the MLP
 * @param numHiddenLayers decoder layers
 * @param numAttentionHeads query heads
 * @param numKeyValueHeads key and value heads, a divisor of {@code numAttentionHeads}
 * @param headDim width of one head, even; not always {@code hiddenSize / numAttentionHeads}
 * @param vocabSize rows of the embedding and of the head
 * @param maxPositionEmbeddings the context the model was trained for
 * @param rmsNormEps added to the mean square before its root
 * @param ropeTheta base of the rotary frequencies
 * @param ropeScaling how they are stretched
 * @param tieWordEmbeddings whether the head is the embedding
 * @param attentionBias whether q, k, v and o have biases
 * @param mlpBias whether gate, up and down have biases
 * @param bosTokenId as the configuration says; the tokenizer knows better
 * @param eosTokenIds every id that ends a text, as the configuration says
 * @param padTokenId as the configuration says
 * @param dtype the type the weights were saved in, when the configuration names one
 */
public record LlamaConfig(
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int numKeyValueHeads,
        int headDim,
        int vocabSize,
        int maxPositionEmbeddings,
        float rmsNormEps,
        double ropeTheta,
        RopeScaling ropeScaling,
        boolean tieWordEmbeddings,
        boolean attentionBias,
        boolean mlpBias,
        OptionalInt bosTokenId,
        List<Integer> eosTokenIds,
        OptionalInt padTokenId,
        Optional<DType> dtype) {
    public LlamaConfig {
        ConfigRanges.check(
                hiddenSize,
                intermediateSize,
                numHiddenLayers,
                numAttentionHeads,
                numKeyValueHeads,
                headDim,
                vocabSize,
                maxPositionEmbeddings,
                rmsNormEps,
                ropeTheta);
        eosTokenIds = List.copyOf(eosTokenIds);
    }

    /** Query heads that share one key and value head. */
    public int numKeyValueGroups() {
        return numAttentionHeads / numKeyValueHeads;
    }

    /** Width of all query heads together. */
    public int queryWidth() {
        return numAttentionHeads * headDim;
    }

    /** Width of all key (or value) heads together. */
    public int keyValueWidth() {
        return numKeyValueHeads * headDim;
    }

    /** A builder that starts from this configuration. */
    public LlamaConfigBuilder toBuilder() {
        return new LlamaConfigBuilder(this);
    }

    /** A builder with the defaults of LLaMA-1 7B where a configuration may leave a value out. */
    public static LlamaConfigBuilder builder() {
        return new LlamaConfigBuilder();
    }
}
