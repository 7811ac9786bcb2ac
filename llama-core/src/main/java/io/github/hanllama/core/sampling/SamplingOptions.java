package io.github.hanllama.core.sampling;

import java.util.OptionalLong;

/**
 * How an id is chosen from logits, with the meaning the values have in transformers' {@code generate}. They act in the
 * order of the parameters; repetition penalty first of all.
 *
 * @param temperature divides the logits; 0 always takes the largest
 * @param topK how many of the largest logits stay, ties with the last of them included; 0 for all
 * @param topP keeps the smallest set of the largest probabilities that sums to at least this much; 1 for all
 * @param minP keeps what is at least this fraction of the largest probability; 0 for all
 * @param repetitionPenalty divides positive and multiplies negative logits of every id that occurred; 1 for none
 * @param seed of the random numbers; a fresh one for each text when empty
 */
public record SamplingOptions(
        double temperature, int topK, double topP, double minP, double repetitionPenalty, OptionalLong seed) {
    /** The largest logit, always. */
    public static final SamplingOptions GREEDY = new SamplingOptions(0, 0, 1, 0, 1, OptionalLong.empty());

    public SamplingOptions {
        if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("temperature must be >= 0, was " + temperature);
        }
        if (topK < 0) {
            throw new IllegalArgumentException("topK must be >= 0, was " + topK);
        }
        if (!(topP >= 0 && topP <= 1)) {
            throw new IllegalArgumentException("topP must be between 0 and 1, was " + topP);
        }
        if (!(minP >= 0 && minP <= 1)) {
            throw new IllegalArgumentException("minP must be between 0 and 1, was " + minP);
        }
        if (!(repetitionPenalty > 0 && repetitionPenalty < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("repetitionPenalty must be > 0, was " + repetitionPenalty);
        }
    }

    public SamplingOptions temperature(double value) {
        return new SamplingOptions(value, topK, topP, minP, repetitionPenalty, seed);
    }

    public SamplingOptions topK(int value) {
        return new SamplingOptions(temperature, value, topP, minP, repetitionPenalty, seed);
    }

    public SamplingOptions topP(double value) {
        return new SamplingOptions(temperature, topK, value, minP, repetitionPenalty, seed);
    }

    public SamplingOptions minP(double value) {
        return new SamplingOptions(temperature, topK, topP, value, repetitionPenalty, seed);
    }

    public SamplingOptions repetitionPenalty(double value) {
        return new SamplingOptions(temperature, topK, topP, minP, value, seed);
    }

    public SamplingOptions seed(long value) {
        return new SamplingOptions(temperature, topK, topP, minP, repetitionPenalty, OptionalLong.of(value));
    }
}
