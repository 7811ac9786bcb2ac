package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How well a model predicts a text, however long. */
@Command(
        name = "perplexity",
        description = {
            "Says how well a model predicts the text of a file: the mean negative log likelihood per token in nats, and the"
                    + " perplexity.",
            "Every token but the first is predicted once, from the tokens before it in its window. Windows overlap, so"
                    + " that all but the first few have something to go by."
        })
final class PerplexityCommand implements Callable<Integer> {
    private static final long MAX_FILE_BYTES = 256 << 20;
    private static final int DEFAULT_CONTEXT = 512;

    private final Terminal terminal;

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @Option(names = "--file", required = true, paramLabel = "FILE", description = "A text in UTF-8.")
    @SuppressWarnings("NullAway.Init") // required, set by picocli
    private Path file;

    @Option(
            names = "--context",
            paramLabel = "N",
            description = "Tokens in a window; by default 512, or what the model was trained for if that is less.")
    private Optional<Integer> context = Optional.empty();

    @Option(
            names = "--stride",
            paramLabel = "N",
            description = "Tokens from one window to the next; by default half a window.")
    private Optional<Integer> stride = Optional.empty();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    PerplexityCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Cancellation cancellation = new Cancellation();
        try (ProgressLine progress = ProgressLine.on(terminal);
                Interruption _ = Interruption.cancels(cancellation::cancel)) {
            String text = text();
            try (Generator generator = modelOptions
                    .builder()
                    .onProgress(progress)
                    .cancellation(cancellation)
                    .load()) {
                Perplexity perplexity = perplexity(generator);
                Scorer scorer = new Scorer(generator.model());
                report(perplexity, perplexity.of(encode(generator, text), scorer, progress, cancellation));
            }
        }
        return 0;
    }

    private Perplexity perplexity(Generator generator) {
        int longest = generator.model().config().maxPositionEmbeddings();
        int window = context.orElse(Math.min(DEFAULT_CONTEXT, longest));
        return new Perplexity(window, stride.orElse(Math.max(1, window / 2)));
    }

    private String text() {
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new InputException(
                        file + ": expected at most " + MAX_FILE_BYTES + " bytes, found " + Files.size(file));
            }
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new InputException(file + ": expected text in UTF-8, found other bytes", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int[] encode(Generator generator, String text) {
        Tokenizer tokenizer = generator
                .tokenizer()
                .orElseThrow(() -> new InputException("the model has no tokenizer; --tokenizer names one"));
        return tokenizer.encode(text, tokenizer.defaultOptions());
    }

    private void report(Perplexity settings, Perplexity.Result result) {
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> write(json, settings, result));
        } else {
            terminal.println("%d tokens, nll %.4f, perplexity %.4f, %.0f tokens/s (windows of %d, stride %d)"
                    .formatted(
                            result.tokens(),
                            result.nll(),
                            result.perplexity(),
                            result.tokensPerSecond(),
                            settings.context(),
                            settings.stride()));
        }
    }

    private static void write(JsonGenerator json, Perplexity settings, Perplexity.Result result) throws IOException {
        json.writeNumberField("tokens", result.tokens());
        json.writeFieldName("nll");
        Json.write(json, result.nll());
        json.writeFieldName("perplexity");
        Json.write(json, result.perplexity());
        json.writeNumberField("context", settings.context());
        json.writeNumberField("stride", settings.stride());
        json.writeFieldName("tokens_per_second");
        Json.write(json, result.tokensPerSecond());
    }
}
