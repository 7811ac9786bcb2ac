package io.github.hanllama.cli;

import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.GenerationConfigBuilder;
import io.github.hanllama.core.sampling.SamplingOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
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
            names = "--repetition-penalty",
            paramLabel = "R",
            defaultValue = "1",
            description = "Above 1 makes tokens that occurred less likely (default: 1).")
    private double repetitionPenalty;

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
                    .sampling(new SamplingOptions(temperature, topK, topP, minP, repetitionPenalty, optionalSeed()))
                    .stopSequences(stops)
                    .ignoreEos(ignoreEos);
            deadline.ifPresent(seconds -> builder.deadline(Duration.ofNanos((long) (seconds * 1e9))));
            builder.build();
            return builder;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private OptionalLong optionalSeed() {
        return seed.map(OptionalLong::of).orElse(OptionalLong.empty());
    }
}
