package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.GenerationResult;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.generation.TextStream;
import io.github.hanllama.core.generation.Usage;
import io.github.hanllama.core.progress.Cancellation;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Text in, text out. */
@Command(
        name = "generate",
        description = {
            "Continues a prompt. The text appears as it is written; an interrupt ends it where it is.",
            "With --json one line is written at the end: {\"prompt_ids\": [...], \"ids\": [...], \"text\": ...,"
                    + " \"finish_reason\": eos, stop, length, cancelled or deadline, \"prefill_ms\": ..., \"decode_ms\": ...}."
        })
final class GenerateCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @ArgGroup(multiplicity = "1")
    private final Prompt prompt = new Prompt();

    @Mixin
    private final SamplingOption sampling = new SamplingOption();

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
        GenerationConfig config = sampling.config().cancellation(cancellation).build();
        // Caches are as long as a text needs, so an open bound costs nothing.
        LlamaBuilder builder = modelOptions.builder().maxSequenceLength(context.orElse(Integer.MAX_VALUE));
        try (Generator generator = builder.load();
                TextStream stream = prompt.stream(generator, config, terminal);
                Interruption _ = Interruption.cancels(cancellation::cancel)) {
            if (jsonOption.wanted()) {
                stream.forEach(text -> {});
                new JsonLines(terminal).answer(json -> write(json, stream.result()));
            } else {
                print(stream, generator.tokenizer().isPresent());
            }
            terminal.flush();
        }
        return 0;
    }

    private void print(TextStream stream, boolean hasText) {
        for (String text : stream) {
            terminal.print(text);
            terminal.flush();
        }
        GenerationResult result = stream.result();
        terminal.println(hasText ? "" : TextLines.join(result.ids()));
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
    }

    private static double millis(Duration duration) {
        return Math.round(duration.toNanos() / 1e3) / 1e3;
    }

    /** Text or ids, one of them. */
    static final class Prompt {
        @Option(names = "--ids", paramLabel = "1,2,3", description = "The prompt as token ids, used as they are.")
        private Optional<String> ids = Optional.empty();

        @Parameters(
                paramLabel = "PROMPT",
                description = "The prompt as text, - for standard input; the model's BOS is put before it.")
        private String text = "";

        TextStream stream(Generator generator, GenerationConfig config, Terminal terminal) {
            if (ids.isPresent()) {
                return generator.stream(Ids.parse(List.of(ids.get())), config);
            }
            if (generator.tokenizer().isEmpty()) {
                throw new InputException(
                        "the model has no tokenizer; --tokenizer names one, or --ids gives the prompt as ids");
            }
            return generator.stream(text.equals("-") ? TextLines.all(terminal) : text, config);
        }
    }
}
