package io.github.hanllama.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What to continue: text, ids, or a file of texts; one of them. */
final class PromptOption {
    @Option(names = "--ids", paramLabel = "1,2,3", description = "The prompt as token ids, used as they are.")
    private Optional<String> ids = Optional.empty();

    @Option(
            names = "--prompts",
            paramLabel = "FILE",
            description = "A prompt on each line; the answers go to --output, and a run that was killed goes on.")
    private Optional<Path> file = Optional.empty();

    @Parameters(
            paramLabel = "PROMPT",
            description = "The prompt as text, - for standard input; the model's BOS is put before it.")
    private String text = "";

    /** The file with many prompts. */
    Optional<Path> file() {
        return file;
    }

    Optional<int[]> ids() {
        return ids.map(words -> Ids.parse(List.of(words)));
    }

    String text(Terminal terminal) {
        return text.equals("-") ? TextLines.all(terminal) : text;
    }
}
