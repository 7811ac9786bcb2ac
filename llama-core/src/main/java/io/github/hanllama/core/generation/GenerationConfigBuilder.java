package io.github.hanllama.core.generation;

import io.github.hanllama.core.engine.AdapterUse;
import io.github.hanllama.core.engine.AttachedAdapter;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.sampling.Sampler;
import io.github.hanllama.core.sampling.SamplingOptions;
import io.github.hanllama.core.sampling.SamplingOptionsBuilder;
import io.github.hanllama.core.sampling.TokenConstraint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Builds a {@link GenerationConfig}. What the values mean: {@link SamplingOptions}. Not thread-safe. */
public final class GenerationConfigBuilder {
    private int maxNewTokens = 256;
    private SamplingOptionsBuilder sampling = SamplingOptions.builder();
    private Optional<Supplier<Sampler>> sampler = Optional.empty();
    private Optional<Supplier<TokenConstraint>> constraint = Optional.empty();
    private List<String> stopSequences = List.of();
    private Optional<List<Integer>> eosTokenIds = Optional.empty();
    private boolean ignoreEos = false;
    private Optional<Duration> deadline = Optional.empty();
    private List<AdapterUse> adapters = List.of();
    private OptionalInt logprobs = OptionalInt.empty();
    private Optional<Cancellation> cancellation = Optional.empty();

    GenerationConfigBuilder() {}

    GenerationConfigBuilder(GenerationConfig config) {
        maxNewTokens = config.maxNewTokens();
        sampling = config.sampling().toBuilder();
        sampler = config.sampler();
        constraint = config.constraint();
        stopSequences = config.stopSequences();
        eosTokenIds = config.eosTokenIds();
        ignoreEos = config.ignoreEos();
        deadline = config.deadline();
        adapters = config.adapters();
        logprobs = config.logprobs();
        cancellation = config.cancellation();
    }

    public GenerationConfigBuilder maxNewTokens(int value) {
        maxNewTokens = value;
        return this;
    }

    public GenerationConfigBuilder sampling(SamplingOptions value) {
        sampling = value.toBuilder();
        return this;
    }

    /** 0, the default, is greedy: then only {@code logitBias} and the penalties have an effect. */
    public GenerationConfigBuilder temperature(double value) {
        sampling.temperature(value);
        return this;
    }

    public GenerationConfigBuilder topK(int value) {
        sampling.topK(value);
        return this;
    }

    public GenerationConfigBuilder topP(double value) {
        sampling.topP(value);
        return this;
    }

    public GenerationConfigBuilder minP(double value) {
        sampling.minP(value);
        return this;
    }

    public GenerationConfigBuilder typicalP(double value) {
        sampling.typicalP(value);
        return this;
    }

    /** Added to the logits of these ids; negative infinity bans one. */
    public GenerationConfigBuilder logitBias(Map<Integer, Float> value) {
        sampling.logitBias(value);
        return this;
    }

    public GenerationConfigBuilder repetitionPenalty(double value) {
        sampling.repetitionPenalty(value);
        return this;
    }

    public GenerationConfigBuilder frequencyPenalty(double value) {
        sampling.frequencyPenalty(value);
        return this;
    }

    public GenerationConfigBuilder presencePenalty(double value) {
        sampling.presencePenalty(value);
        return this;
    }

    public GenerationConfigBuilder seed(long value) {
        sampling.seed(value);
        return this;
    }

    /** Called once for each text; its sampler replaces temperature, penalty and the like. */
    public GenerationConfigBuilder sampler(Supplier<Sampler> value) {
        sampler = Optional.of(value);
        return this;
    }

    /** Called once for each text; its constraint masks ids before the sampler sees the logits. */
    public GenerationConfigBuilder constraint(Supplier<TokenConstraint> value) {
        constraint = Optional.of(value);
        return this;
    }

    public GenerationConfigBuilder stopSequences(List<String> value) {
        stopSequences = value;
        return this;
    }

    public GenerationConfigBuilder stopSequences(String... value) {
        return stopSequences(List.of(value));
    }

    public GenerationConfigBuilder eosTokenIds(List<Integer> value) {
        eosTokenIds = Optional.of(value);
        return this;
    }

    public GenerationConfigBuilder ignoreEos(boolean value) {
        ignoreEos = value;
        return this;
    }

    public GenerationConfigBuilder deadline(Duration value) {
        deadline = Optional.of(value);
        return this;
    }

    /** Adapters as they were trained. */
    public GenerationConfigBuilder adapters(AttachedAdapter... value) {
        return adapters(Stream.of(value).map(AdapterUse::of).toList());
    }

    /** Adapters with their weights. */
    public GenerationConfigBuilder adapters(List<AdapterUse> value) {
        adapters = value;
        return this;
    }

    /** Tells how likely each id was, and this many of the likeliest alternatives; costs a little for each id. */
    public GenerationConfigBuilder logprobs(int alternatives) {
        logprobs = OptionalInt.of(alternatives);
        return this;
    }

    public GenerationConfigBuilder cancellation(Cancellation value) {
        cancellation = Optional.of(value);
        return this;
    }

    /** @throws IllegalArgumentException when a value is out of range */
    public GenerationConfig build() {
        return new GenerationConfig(
                maxNewTokens,
                sampling.build(),
                sampler,
                constraint,
                stopSequences,
                eosTokenIds,
                ignoreEos,
                deadline,
                adapters,
                logprobs,
                cancellation);
    }
}
