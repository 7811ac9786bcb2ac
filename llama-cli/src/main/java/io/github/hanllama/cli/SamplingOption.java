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
            description = "The most tokens to write (default: 256, in a chat 400).")
    private Optional<Integer> maxNewTokens = Optional.empty();

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description =
                    "0 always takes the likeliest token, 1 samples as the model says (default: 0, in a chat 0.2).")
    private Optional<Double> temperature = Optional.empty();

    @Option(
            names = "--top-k",
            paramLabel = "K",
            description = "Sample among the K likeliest; 0 for all (default: 0, in a chat 40).")
    private Optional<Integer> topK = Optional.empty();

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Sample among the likeliest that together reach P (default: 1, all; in a chat 0.9).")
    private Optional<Double> topP = Optional.empty();

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "Sample among those at least P times as likely as the likeliest (default: 0, all).")
    private Optional<Double> minP = Optional.empty();

    @Option(
            names = "--typical-p",
            paramLabel = "P",
            description = "Sample among the most typical that together reach P (default: 1, all).")
    private Optional<Double> typicalP = Optional.empty();

    @Option(
            names = "--repetition-penalty",
            paramLabel = "R",
            description = "Above 1 makes tokens that occurred less likely (default: 1, in a chat 1.1).")
    private Optional<Double> repetitionPenalty = Optional.empty();

    @Option(
            names = "--frequency-penalty",
            paramLabel = "F",
            description = "Subtracted from a token's logit for each time it was written (default: 0).")
    private Optional<Double> frequencyPenalty = Optional.empty();

    @Option(
            names = "--presence-penalty",
            paramLabel = "F",
            description = "Subtracted from the logit of every token that was written (default: 0).")
    private Optional<Double> presencePenalty = Optional.empty();

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

    @Option(
            names = "--logprobs",
            paramLabel = "N",
            description = "With --json: how likely each token was, and its N likeliest alternatives.")
    private Optional<Integer> logprobs = Optional.empty();

    /** The values as they were given, the others from the base; a value out of range is wrong usage. */
    GenerationConfigBuilder config(GenerationConfig base) {
        try {
            GenerationConfigBuilder builder =
                    base.toBuilder().stopSequences(stops).ignoreEos(ignoreEos);
            maxNewTokens.ifPresent(builder::maxNewTokens);
            temperature.ifPresent(builder::temperature);
            topK.ifPresent(builder::topK);
            topP.ifPresent(builder::topP);
            minP.ifPresent(builder::minP);
            typicalP.ifPresent(builder::typicalP);
            repetitionPenalty.ifPresent(builder::repetitionPenalty);
            frequencyPenalty.ifPresent(builder::frequencyPenalty);
            presencePenalty.ifPresent(builder::presencePenalty);
            builder.logitBias(biases());
            seed.ifPresent(builder::seed);
            deadline.ifPresent(seconds -> builder.deadline(Duration.ofNanos((long) (seconds * 1e9))));
            logprobs.ifPresent(builder::logprobs);
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
