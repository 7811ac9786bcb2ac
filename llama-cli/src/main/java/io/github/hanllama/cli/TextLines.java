package io.github.hanllama.cli;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Plain lines, for people. */
final class TextLines {
    private TextLines() {}

    /** Handles every line of standard input; errors name their line. */
    static void forEach(Terminal terminal, Consumer<String> handler) {
        InputLines lines = new InputLines(terminal.in());
        for (Optional<byte[]> line = lines.next(); line.isPresent(); line = lines.next()) {
            try {
                handler.accept(new String(line.get(), StandardCharsets.UTF_8));
            } catch (InputException | IllegalArgumentException e) {
                throw new InputException("line " + lines.number() + " of the input: " + e.getMessage(), e);
            }
            if (lines.drained()) {
                terminal.flush();
            }
        }
    }

    /** All of standard input but its last line break. */
    static String all(Terminal terminal) {
        StringJoiner text = new StringJoiner("\n");
        forEach(terminal, text::add);
        return text.toString();
    }

    /** Ids with spaces between them. */
    static String join(int[] ids) {
        return Arrays.stream(ids).mapToObj(String::valueOf).collect(Collectors.joining(" "));
    }
}
