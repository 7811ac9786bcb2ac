package io.github.hanllama.core.sampling;

import java.util.Map;
import java.util.OptionalLong;

/** Builds {@link SamplingOptions}, which say what the values mean. Not thread-safe. */
public final class SamplingOptionsBuilder {
    private Map<Integer, Float> logitBias = Map.of();
    private double repetitionPenalty = 1;
    private double frequencyPenalty;
    private double presencePenalty;
    private double temperature;
    private int topK;
    private double topP = 1;
    private double minP;
    private double typicalP = 1;
    private OptionalLong seed = OptionalLong.empty();

    SamplingOptionsBuilder() {}

    SamplingOptionsBuilder(SamplingOptions options) {
        logitBias = options.logitBias();
        repetitionPenalty = options.repetitionPenalty();
        frequencyPenalty = options.frequencyPenalty();
        presencePenalty = options.presencePenalty();
        temperature = options.temperature();
        topK = options.topK();
        topP = options.topP();
        minP = options.minP();
        typicalP = options.typicalP();
        seed = options.seed();
    }

    public SamplingOptionsBuilder logitBias(Map<Integer, Float> value) {
        logitBias = value;
        return this;
    }

    public SamplingOptionsBuilder repetitionPenalty(double value) {
        repetitionPenalty = value;
        return this;
    }

    public SamplingOptionsBuilder frequencyPenalty(double value) {
        frequencyPenalty = value;
        return this;
    }

    public SamplingOptionsBuilder presencePenalty(double value) {
        presencePenalty = value;
        return this;
    }

    /** 0, the default, is greedy: then only the bias and the penalties have an effect. */
    public SamplingOptionsBuilder temperature(double value) {
        temperature = value;
        return this;
    }

    public SamplingOptionsBuilder topK(int value) {
        topK = value;
        return this;
    }

    public SamplingOptionsBuilder topP(double value) {
        topP = value;
        return this;
    }

    public SamplingOptionsBuilder minP(double value) {
        minP = value;
        return this;
    }

    public SamplingOptionsBuilder typicalP(double value) {
        typicalP = value;
        return this;
    }

    public SamplingOptionsBuilder seed(long value) {
        seed = OptionalLong.of(value);
        return this;
    }

    /** @throws IllegalArgumentException when a value is out of range */
    public SamplingOptions build() {
        return new SamplingOptions(
                logitBias,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty,
                temperature,
                topK,
                topP,
                minP,
                typicalP,
                seed);
    }
}
