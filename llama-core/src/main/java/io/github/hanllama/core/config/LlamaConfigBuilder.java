package io.github.hanllama.core.config;

import io.github.hanllama.quant.DType;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Builds a {@link LlamaConfig}: {@code numKeyValueHeads} defaults to {@code numAttentionHeads} and {@code headDim} to
 * {@code hiddenSize / numAttentionHeads}. Not thread-safe.
 */
public final class LlamaConfigBuilder {
    private int hiddenSize = 4096;
    private int intermediateSize = 11008;
    private int numHiddenLayers = 32;
    private int numAttentionHeads = 32;
    private OptionalInt numKeyValueHeads = OptionalInt.empty();
    private OptionalInt headDim = OptionalInt.empty();
    private int vocabSize = 32000;
    private int maxPositionEmbeddings = 2048;
    private float rmsNormEps = 1e-6f;
    private double ropeTheta = 10000;
    private RopeScaling ropeScaling = RopeScaling.NONE;
    private boolean tieWordEmbeddings = false;
    private boolean attentionBias = false;
    private boolean mlpBias = false;
    private OptionalInt bosTokenId = OptionalInt.empty();
    private List<Integer> eosTokenIds = List.of();
    private OptionalInt padTokenId = OptionalInt.empty();
    private Optional<DType> dtype = Optional.empty();

    LlamaConfigBuilder() {}

    LlamaConfigBuilder(LlamaConfig config) {
        hiddenSize = config.hiddenSize();
        intermediateSize = config.intermediateSize();
        numHiddenLayers = config.numHiddenLayers();
        numAttentionHeads = config.numAttentionHeads();
        numKeyValueHeads = OptionalInt.of(config.numKeyValueHeads());
        headDim = OptionalInt.of(config.headDim());
        vocabSize = config.vocabSize();
        maxPositionEmbeddings = config.maxPositionEmbeddings();
        rmsNormEps = config.rmsNormEps();
        ropeTheta = config.ropeTheta();
        ropeScaling = config.ropeScaling();
        tieWordEmbeddings = config.tieWordEmbeddings();
        attentionBias = config.attentionBias();
        mlpBias = config.mlpBias();
        bosTokenId = config.bosTokenId();
        eosTokenIds = config.eosTokenIds();
        padTokenId = config.padTokenId();
        dtype = config.dtype();
    }

    public LlamaConfigBuilder hiddenSize(int value) {
        hiddenSize = value;
        return this;
    }

    public LlamaConfigBuilder intermediateSize(int value) {
        intermediateSize = value;
        return this;
    }

    public LlamaConfigBuilder numHiddenLayers(int value) {
        numHiddenLayers = value;
        return this;
    }

    public LlamaConfigBuilder numAttentionHeads(int value) {
        numAttentionHeads = value;
        return this;
    }

    public LlamaConfigBuilder numKeyValueHeads(int value) {
        numKeyValueHeads = OptionalInt.of(value);
        return this;
    }

    public LlamaConfigBuilder headDim(int value) {
        headDim = OptionalInt.of(value);
        return this;
    }

    public LlamaConfigBuilder vocabSize(int value) {
        vocabSize = value;
        return this;
    }

    public LlamaConfigBuilder maxPositionEmbeddings(int value) {
        maxPositionEmbeddings = value;
        return this;
    }

    public LlamaConfigBuilder rmsNormEps(float value) {
        rmsNormEps = value;
        return this;
    }

    public LlamaConfigBuilder ropeTheta(double value) {
        ropeTheta = value;
        return this;
    }

    public LlamaConfigBuilder ropeScaling(RopeScaling value) {
        ropeScaling = value;
        return this;
    }

    public LlamaConfigBuilder tieWordEmbeddings(boolean value) {
        tieWordEmbeddings = value;
        return this;
    }

    public LlamaConfigBuilder attentionBias(boolean value) {
        attentionBias = value;
        return this;
    }

    public LlamaConfigBuilder mlpBias(boolean value) {
        mlpBias = value;
        return this;
    }

    public LlamaConfigBuilder bosTokenId(OptionalInt value) {
        bosTokenId = value;
        return this;
    }

    public LlamaConfigBuilder eosTokenIds(List<Integer> value) {
        eosTokenIds = value;
        return this;
    }

    public LlamaConfigBuilder padTokenId(OptionalInt value) {
        padTokenId = value;
        return this;
    }

    public LlamaConfigBuilder dtype(Optional<DType> value) {
        dtype = value;
        return this;
    }

    /** @throws IllegalArgumentException when a value is out of range or two contradict each other */
    public LlamaConfig build() {
        int keyValueHeads = numKeyValueHeads.orElse(numAttentionHeads);
        return new LlamaConfig(
                hiddenSize,
                intermediateSize,
                numHiddenLayers,
                numAttentionHeads,
                keyValueHeads,
                resolvedHeadDim(),
                vocabSize,
                maxPositionEmbeddings,
                rmsNormEps,
                ropeTheta,
                ropeScaling,
                tieWordEmbeddings,
                attentionBias,
                mlpBias,
                bosTokenId,
                eosTokenIds,
                padTokenId,
                dtype);
    }

    private int resolvedHeadDim() {
        if (headDim.isPresent()) {
            return headDim.getAsInt();
        }
        if (numAttentionHeads < 1 || hiddenSize % numAttentionHeads != 0) {
            throw new IllegalArgumentException("hidden_size must be a multiple of num_attention_heads when head_dim is"
                    + " absent, found " + hiddenSize + " and " + numAttentionHeads);
        }
        return hiddenSize / numAttentionHeads;
    }
}
