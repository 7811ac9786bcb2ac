package io.github.hanllama.cli;

import io.github.hanllama.tokenizer.Tokenizer;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Ids to text. */
@Command(
        name = "detokenize",
        description = {
            "Turns token ids into text.",
            "With --json every line {\"ids\": [...]} of the input is answered by {\"text\": ...}; without, every line holds"
                    + " ids and is answered by their text."
        })
final class DetokenizeCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final TokenizerOption tokenizerOption = new TokenizerOption();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    @Parameters(arity = "0..*", paramLabel = "ID", description = "The ids; without them, standard input is read.")
    private List<String> ids = List.of();

    DetokenizeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Tokenizer tokenizer = tokenizerOption.load();
        if (!ids.isEmpty()) {
            answer(tokenizer, Ids.parse(ids));
        } else if (jsonOption.wanted()) {
            new JsonLines(terminal).forEachRequest(request -> answer(tokenizer, request.ids()));
        } else {
            TextLines.forEach(terminal, line -> answer(tokenizer, Ids.parse(List.of(line))));
        }
        return 0;
    }

    private void answer(Tokenizer tokenizer, int[] tokens) {
        String text = tokenizer.decode(tokens);
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> json.writeStringField("text", text));
        } else {
            terminal.println(text);
        }
    }
}
