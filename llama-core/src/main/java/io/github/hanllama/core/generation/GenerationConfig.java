package io.github.hanllama.core.generation;

import io.github.hanllama.core.engine.AdapterUse;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.sampling.Sampler;
import io.github.hanllama.core.sampling.SamplingOptions;
import io.github.hanllama.core.sampling.TokenConstraint;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * How to write a text.
 *
 * <pre>{@code
 * GenerationConfig config = GenerationConfig.builder()
 *         .maxNewTokens(400)
 *         .temperature(0.2)
 *         .topK(40)
 *         .topP(0.9)
 *         .repetitionPenalty(1.1)
 *         .build();
 * }</pre>
 *
 * @param maxNewTokens the most ids to write
 * @param sampling how each is chosen
 * @param sampler makes the sampler of each text, instead of {@code sampling}
 * @param constraint makes what restricts each text
 * @param stopSequences strings that end the text and do not become part of it; they need a tokenizer
 * @param eosTokenIds ids that end the text, instead of the model's
 * @param ignoreEos whether ids that end a text are ids like any other
 * @param deadline time for the whole text, waiting included
 * @param adapters attached adapters to write with; one that brings a tokenizer with its vocabulary is read and written in it
 * @param logprobs whether to tell how likely each id was, and how many of the likeliest alternatives with it
 * @param cancellation ends the text, also in the middle of a step
 */
public record GenerationConfig(
        int maxNewTokens,
        SamplingOptions sampling,
        Optional<Supplier<Sampler>> sampler,
        Optional<Supplier<TokenConstraint>> constraint,
        List<String> stopSequences,
        Optional<List<Integer>> eosTokenIds,
        boolean ignoreEos,
        Optional<Duration> deadline,
        List<AdapterUse> adapters,
        OptionalInt logprobs,
        Optional<Cancellation> cancellation) {
    /** The likeliest id each time, 256 ids at most: what {@link #builder()} starts from. */
    public static final GenerationConfig GREEDY = builder().build();

    public GenerationConfig {
        if (maxNewTokens < 1) {
            throw new IllegalArgumentException("maxNewTokens must be >= 1, was " + maxNewTokens);
        }
        stopSequences = List.copyOf(stopSequences);
        if (stopSequences.contains("")) {
            throw new IllegalArgumentException("stopSequences must not contain the empty string");
        }
        eosTokenIds = eosTokenIds.map(List::copyOf);
        adapters = List.copyOf(adapters);
        if (logprobs.isPresent() && logprobs.getAsInt() < 0) {
            throw new IllegalArgumentException("logprobs must be >= 0, was " + logprobs.getAsInt());
        }
        if (deadline.isPresent() && deadline.get().isNegative()) {
            throw new IllegalArgumentException("deadline must not be negative, was " + deadline.get());
        }
    }

    /** A builder with everything at its neutral value: greedy, 256 ids at most, the model's own EOS. */
    public static GenerationConfigBuilder builder() {
        return new GenerationConfigBuilder();
    }

    /** A builder that starts from this configuration. */
    public GenerationConfigBuilder toBuilder() {
        return new GenerationConfigBuilder(this);
    }
}
