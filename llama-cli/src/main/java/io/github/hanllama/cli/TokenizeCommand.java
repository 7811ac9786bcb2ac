package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.tokenizer.EncodeOptions;
import io.github.hanllama.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Text to ids. */
@Command(
        name = "tokenize",
        description = {
            "Turns text into token ids.",
            "With --json every line {\"text\": ...} of the input is answered by {\"ids\": [...], \"pieces\": [...]};"
                    + " without, every line is a text and answered by its ids."
        })
final class TokenizeCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final TokenizerOption tokenizerOption = new TokenizerOption();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    @Option(names = "--bos", description = "Begin with the BOS id.")
    private boolean bos;

    @Option(
            names = "--parse-special",
            description = "Read strings such as </s> as special tokens; never do this with text of others.")
    private boolean parseSpecial;

    @Parameters(arity = "0..1", paramLabel = "TEXT", description = "The text; without it, standard input is read.")
    private Optional<String> text = Optional.empty();

    TokenizeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Tokenizer tokenizer = tokenizerOption.load();
        EncodeOptions options = EncodeOptions.PLAIN.addBos(bos).parseSpecial(parseSpecial);
        JsonLines lines = new JsonLines(terminal);
        if (text.isPresent()) {
            int[] ids = tokenizer.encode(text.get(), options);
            if (jsonOption.wanted()) {
                lines.answer(json -> write(json, tokenizer, ids));
            } else {
                printTable(tokenizer, ids);
            }
        } else if (jsonOption.wanted()) {
            lines.forEachRequest(request -> {
                int[] ids = tokenizer.encode(request.text(), options);
                lines.answer(json -> write(json, tokenizer, ids));
            });
        } else {
            TextLines.forEach(terminal, line -> terminal.println(TextLines.join(tokenizer.encode(line, options))));
        }
        return 0;
    }

    private void printTable(Tokenizer tokenizer, int[] ids) {
        for (int id : ids) {
            terminal.println("%7d  %s".formatted(id, tokenizer.piece(id)));
        }
    }

    private static void write(JsonGenerator json, Tokenizer tokenizer, int[] ids) throws IOException {
        Ids.write(json, "ids", ids);
        json.writeArrayFieldStart("pieces");
        for (int id : ids) {
            json.writeString(tokenizer.piece(id));
        }
        json.writeEndArray();
    }
}
