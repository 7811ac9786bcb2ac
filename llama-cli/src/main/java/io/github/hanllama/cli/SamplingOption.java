package io.github.hanllama.cli;

import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.GenerationConfigBuilder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How tokens are chosen and when a text ends. */
final class SamplingOption {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            defaultValue = "256",
            description = "The most tokens to write (default: ${DEFAULT-VALUE}).")
    private int maxNewTokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "0",
            description = "0, the default, always takes the likeliest token; 1 samples as the model says.")
    private double temperature;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "0",
            description = "Sample among the K likeliest; 0, the default, among all.")
    private int topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "1",
            description = "Sample among the likeliest that together reach P (default: 1, all).")
    private double topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            defaultValue = "0",
            description = "Sample among those at least P times as likely as the likeliest (default: 0, all).")
    private double minP;

    @Option(
            names = "--typical-p",
            paramLabel = "P",
            defaultValue = "1",
            description = "Sample among the most typical that together reach P (default: 1, all).")
    private double typicalP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "R",
            defaultValue = "1",
            description = "Above 1 makes tokens that occurred less likely (default: 1).")
    private double repetitionPenalty;

    @Option(
            names = "--frequency-penalty",
            paramLabel = "F",
            defaultValue = "0",
            description = "Subtracted from a token's logit for each time it was written (default: 0).")
    private double frequencyPenalty;

    @Option(
            names = "--presence-penalty",
            paramLabel = "F",
            defaultValue = "0",
            description = "Subtracted from the logit of every token that was written (default: 0).")
    private double presencePenalty;

    @Option(
            names = "--logit-bias",
            paramLabel = "ID=BIAS",
            description = "Added to the logit of a token; -inf bans it; repeat for more.")
    private Map<Integer, String> logitBias = Map.of();

    @Option(names = "--seed", paramLabel = "S", description = "Makes sampling repeatable.")
    private Optional<Long> seed = Optional.empty();

    @Option(names = "--ignore-eos", description = "Write on after the model has ended the text.")
    private boolean ignoreEos;

    @Option(names = "--stop", paramLabel = "TEXT", description = "End before this text; repeat for more.")
    private List<String> stops = List.of();

    @Option(names = "--deadline", paramLabel = "SECONDS", description = "End after that time.")
    private Optional<Double> deadline = Optional.empty();

    /** The values as they were given; a value out of range is wrong usage. */
    GenerationConfigBuilder config() {
        try {
            GenerationConfigBuilder builder = GenerationConfig.builder()
                    .maxNewTokens(maxNewTokens)
                    .logitBias(biases())
                    .repetitionPenalty(repetitionPenalty)
                    .frequencyPenalty(frequencyPenalty)
                    .presencePenalty(presencePenalty)
                    .temperature(temperature)
                    .topK(topK)
                    .topP(topP)
                    .minP(minP)
                    .typicalP(typicalP)
                    .stopSequences(stops)
                    .ignoreEos(ignoreEos);
            seed.ifPresent(builder::seed);
            deadline.ifPresent(seconds -> builder.deadline(Duration.ofNanos((long) (seconds * 1e9))));
            builder.build();
            return builder;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private Map<Integer, Float> biases() {
        Map<Integer, Float> biases = new HashMap<>();
        logitBias.forEach((id, bias) -> biases.put(id, bias(bias)));
        return biases;
    }

    private static float bias(String text) {
        try {
            return text.equalsIgnoreCase("-inf") ? Float.NEGATIVE_INFINITY : Float.parseFloat(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("expected a number or -inf in --logit-bias, found \"" + text + "\"", e);
        }
    }
}
