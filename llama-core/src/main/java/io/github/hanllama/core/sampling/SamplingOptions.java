package io.github.hanllama.core.sampling;

import java.util.Map;
import java.util.OptionalLong;

/**
 * How an id is chosen from logits, with the meaning the values have in transformers' {@code generate} (frequency and
 * presence penalty: in OpenAI's API). They act in the order of the parameters.
 *
 * <pre>{@code
 * SamplingOptions options = SamplingOptions.builder().temperature(0.7).topP(0.9).seed(42).build();
 * }</pre>
 *
 * @param logitBias added to the logits of these ids; negative infinity bans an id
 * @param repetitionPenalty divides positive and multiplies negative logits of every id that occurred, in the prompt or
 *     after it; 1 for none
 * @param frequencyPenalty subtracted from an id's logit once for each time it was written; the prompt does not count
 * @param presencePenalty subtracted once from the logit of every id that was written; the prompt does not count
 * @param temperature divides the logits; 0 always takes the largest, and nothing below acts
 * @param topK how many of the largest logits stay, ties with the last of them included; 0 for all
 * @param topP keeps the smallest set of the largest probabilities that sums to at least this much; 1 for all
 * @param minP keeps what is at least this fraction of the largest probability; 0 for all
 * @param typicalP keeps the smallest set of ids, those whose information is nearest to the entropy first, that sums to
 *     at least this much (Meister et al. 2022, "Locally Typical Sampling"); 1 for all
 * @param seed of the random numbers; a fresh one for each text when empty
 */
public record SamplingOptions(
        Map<Integer, Float> logitBias,
        double repetitionPenalty,
        double frequencyPenalty,
        double presencePenalty,
        double temperature,
        int topK,
        double topP,
        double minP,
        double typicalP,
        OptionalLong seed) {
    /** The largest logit, always. */
    public static final SamplingOptions GREEDY = builder().build();

    public SamplingOptions {
        logitBias = Map.copyOf(logitBias);
        logitBias.forEach(SamplingOptions::checkBias);
        check(
                repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
                "repetitionPenalty must be > 0",
                repetitionPenalty);
        check(Double.isFinite(frequencyPenalty), "frequencyPenalty must be finite", frequencyPenalty);
        check(Double.isFinite(presencePenalty), "presencePenalty must be finite", presencePenalty);
        check(temperature >= 0 && Double.isFinite(temperature), "temperature must be >= 0", temperature);
        check(topK >= 0, "topK must be >= 0", topK);
        check(topP >= 0 && topP <= 1, "topP must be between 0 and 1", topP);
        check(minP >= 0 && minP <= 1, "minP must be between 0 and 1", minP);
        check(typicalP > 0 && typicalP <= 1, "typicalP must be above 0 and at most 1", typicalP);
    }

    /** A builder with everything at its neutral value: greedy. */
    public static SamplingOptionsBuilder builder() {
        return new SamplingOptionsBuilder();
    }

    /** A builder that starts from these options. */
    public SamplingOptionsBuilder toBuilder() {
        return new SamplingOptionsBuilder(this);
    }

    private static void checkBias(int id, float bias) {
        check(id >= 0, "an id of logitBias must be >= 0", id);
        check(bias < Float.POSITIVE_INFINITY, "the logitBias of id " + id + " must be finite or -infinity", bias);
    }

    private static void check(boolean valid, String rule, Number value) {
        if (!valid) {
            throw new IllegalArgumentException(rule + ", was " + value);
        }
    }
}
