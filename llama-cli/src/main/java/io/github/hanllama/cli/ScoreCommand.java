package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How likely a model finds texts. */
@Command(
        name = "score",
        description = {
            "Says how likely a model finds texts: the negative log likelihood in nats summed over every token but the"
                    + " first, the perplexity per token, and the five likeliest next tokens.",
            "With --json every line {\"ids\": [...]}, used as they are, or {\"text\": ...}, encoded with the model's BOS,"
                    + " is answered by {\"ids\": [...], \"nll\": ..., \"perplexity\": ..., \"top\": [[id, logit], ...]}, and"
                    + " \"logits\" with --logits; without --json every line is a text."
        })
final class ScoreCommand implements Callable<Integer> {
    private static final int TOP = 5;

    private final Terminal terminal;

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    @Option(names = "--logits", description = "Add all logits after the last token.")
    private boolean logits;

    ScoreCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        try (Generator generator = modelOptions.builder().load()) {
            Scorer scorer = new Scorer(generator.model());
            if (jsonOption.wanted()) {
                JsonLines lines = new JsonLines(terminal);
                lines.forEachRequest(request -> {
                    int[] ids = request.has("ids") ? request.ids() : encode(generator, request.text());
                    Score score = scorer.score(ids);
                    lines.answer(json -> write(json, ids, score));
                });
            } else {
                TextLines.forEach(terminal, line -> {
                    int[] ids = encode(generator, line);
                    terminal.println(describe(ids, scorer.score(ids)));
                });
            }
        }
        return 0;
    }

    private static int[] encode(Generator generator, String text) {
        Tokenizer tokenizer = generator
                .tokenizer()
                .orElseThrow(() -> new InputException(
                        "expected \"ids\", found text, and the model has no tokenizer; --tokenizer names one"));
        return tokenizer.encode(text, tokenizer.defaultOptions());
    }

    private static String describe(int[] ids, Score score) {
        String perplexity = score.perplexity().isPresent()
                ? "%.3f".formatted(score.perplexity().getAsDouble())
                : "undefined";
        return "%d tokens, nll %.4f, perplexity %s".formatted(ids.length, score.nll(), perplexity);
    }

    private void write(JsonGenerator json, int[] ids, Score score) throws IOException {
        Ids.write(json, "ids", ids);
        json.writeFieldName("nll");
        Json.write(json, score.nll());
        json.writeFieldName("perplexity");
        Json.write(json, score.perplexity().orElse(Double.NaN));
        json.writeArrayFieldStart("top");
        for (int id : score.top(TOP)) {
            json.writeStartArray();
            json.writeNumber(id);
            Json.write(json, score.lastLogits()[id]);
            json.writeEndArray();
        }
        json.writeEndArray();
        if (logits) {
            json.writeArrayFieldStart("logits");
            for (float logit : score.lastLogits()) {
                Json.write(json, logit);
            }
            json.writeEndArray();
        }
    }
}
