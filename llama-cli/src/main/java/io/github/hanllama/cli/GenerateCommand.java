package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.GenerationResult;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.generation.Piece;
import io.github.hanllama.core.generation.SampleStream;
import io.github.hanllama.core.generation.TokenLogprobs;
import io.github.hanllama.core.generation.Usage;
import io.github.hanllama.core.progress.Cancellation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Text in, text out. */
@Command(
        name = "generate",
        description = {
            "Continues a prompt or, with --template, answers it. The text appears as it is written; an interrupt ends it"
                    + " where it is.",
            "With --json one line is written at the end: {\"prompt_ids\": [...], \"ids\": [...], \"text\": ...,"
                    + " \"finish_reason\": eos, stop, length, cancelled or deadline, \"prefill_ms\": ..., \"decode_ms\": ...},"
                    + " for each of the --samples.",
            "With --prompts the answers become [{\"Input\": ..., \"Output\": ...}, ...] in --output, all at once; until then"
                    + " they are in a .partial file beside it, and the same command goes on after the last of them."
        })
final class GenerateCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @ArgGroup(multiplicity = "1")
    private final PromptOption prompt = new PromptOption();

    @Option(
            names = "--output",
            paramLabel = "FILE",
            defaultValue = "predictions.json",
            description = "Where the answers to --prompts go (default: ${DEFAULT-VALUE}).")
    private Path output = Path.of("");

    @Mixin
    private final TemplateOption template = new TemplateOption();

    @Mixin
    private final SamplingOption sampling = new SamplingOption();

    @Option(
            names = "--samples",
            paramLabel = "N",
            defaultValue = "1",
            description = "Write N texts side by side; the seed of each is one more than that of the one before.")
    private int samples;

    @Option(
            names = "--context",
            paramLabel = "N",
            description = "Positions the text may take, prompt included; by default as many as asked for.")
    private Optional<Integer> context = Optional.empty();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    GenerateCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Cancellation cancellation = new Cancellation();
        GenerationConfig config = sampling.config(GenerationConfig.GREEDY)
                .cancellation(cancellation)
                .build();
        template.template(); // an unknown one is found before anything is loaded
        if (samples < 1 || (samples > 1 && prompt.file().isPresent())) {
            throw new ParameterException(
                    spec.commandLine(), "--samples must be >= 1, and 1 with --prompts, was " + samples);
        }
        Optional<List<String>> prompts = prompt.file().map(PromptFile::read);
        // Caches are as long as a text needs, so an open bound costs nothing.
        LlamaBuilder builder = modelOptions.builder().warmUp(true).maxConcurrent(samples);
        if (context.isPresent() || !modelOptions.boundsMemory()) {
            builder.maxSequenceLength(context.orElse(Integer.MAX_VALUE));
        }
        try (Generator generator = builder.load();
                Interruption _ = Interruption.cancels(cancellation::cancel)) {
            Continuation continuation = new Continuation(generator, template, config);
            if (prompts.isPresent()) {
                predict(prompts.get(), continuation);
            } else {
                write(continuation, generator.tokenizer().isPresent());
            }
            terminal.flush();
        }
        return 0;
    }

    private void predict(List<String> prompts, Continuation continuation) {
        List<String> command = spec.root().commandLine().getParseResult().originalArgs();
        PredictionRun.Outcome outcome = new PredictionRun(output, command, terminal).answer(prompts, continuation);
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> {
                json.writeStringField("output", output.toString());
                json.writeNumberField("prompts", outcome.prompts());
                json.writeNumberField("answered_before", outcome.before());
                json.writeNumberField("answered", outcome.answered());
            });
        }
    }

    private void write(Continuation continuation, boolean hasText) {
        try (SampleStream stream = prompt.ids()
                .map(ids -> continuation.stream(ids, samples))
                .orElseGet(() -> continuation.stream(prompt.text(terminal), samples))) {
            boolean live = samples == 1 && !jsonOption.wanted();
            for (Piece piece : stream) {
                if (live) {
                    terminal.print(piece.text());
                    terminal.flush();
                }
            }
            stream.results().forEach(result -> show(result, live, hasText));
        }
    }

    /** @param live whether the text has been printed already */
    private void show(GenerationResult result, boolean live, boolean hasText) {
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> write(json, result));
            return;
        }
        String text = live ? "" : result.text();
        terminal.println(hasText ? text : TextLines.join(result.ids()));
        terminal.flush();
        if (terminal.interactive()) {
            terminal.error(Speed.describe(result) + "\n");
        }
    }

    static void write(JsonGenerator json, GenerationResult result) throws IOException {
        Usage usage = result.usage();
        Ids.write(json, "prompt_ids", result.promptIds());
        Ids.write(json, "ids", result.ids());
        json.writeStringField("text", result.text());
        json.writeStringField("finish_reason", result.finishReason().name().toLowerCase(Locale.ROOT));
        json.writeNumberField("prefill_ms", millis(usage.prefill()));
        json.writeNumberField("decode_ms", millis(usage.decode()));
        if (!result.logprobs().isEmpty()) {
            writeLogprobs(json, result.logprobs());
        }
    }

    private static void writeLogprobs(JsonGenerator json, List<TokenLogprobs> logprobs) throws IOException {
        json.writeArrayFieldStart("logprobs");
        for (TokenLogprobs each : logprobs) {
            json.writeStartObject();
            json.writeFieldName("logprob");
            Json.write(json, each.logprob());
            json.writeArrayFieldStart("top");
            for (TokenLogprobs.Alternative other : each.alternatives()) {
                json.writeStartArray();
                json.writeNumber(other.id());
                Json.write(json, other.logprob());
                json.writeEndArray();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static double millis(Duration duration) {
        return Math.round(duration.toNanos() / 1e3) / 1e3;
    }
}
