package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.fuzz.FuzzTarget;
import io.github.hanllama.fuzz.Scratch;
import io.github.hanllama.fuzz.Seeds;
import java.nio.file.Path;
import java.util.List;

/** The answers of {@code ./llama generate --prompts} that a killed run left, and the prompts themselves. */
public final class PredictionLogTarget implements FuzzTarget {
    private static final List<String> COMMAND = List.of("generate", "model");

    private final Scratch scratch = Scratch.create();

    @Override
    public void run(byte[] input) {
        try {
            read(scratch.write("log.jsonl", input));
        } catch (InputException e) { // as it is shown
            throw new InputException(Failures.printable(String.valueOf(e.getMessage())), e);
        }
    }

    private static void read(Path file) {
        RuntimeException refusal = null;
        try {
            assertThat(PromptFile.read(file)).doesNotContain("");
        } catch (InputException e) {
            refusal = e;
        }
        try (PredictionLog log = PredictionLog.open(file, COMMAND)) {
            assertThat(log.predictions()).doesNotContainNull();
        }
        if (refusal != null) {
            throw refusal;
        }
    }

    @Override
    public List<Class<? extends Exception>> refusals() {
        return List.of(InputException.class);
    }

    @Override
    public void seeds(Seeds seeds) {
        seeds.text("[\"generate\",\"model\"]\n{\"Input\":\"a\",\"Output\":\"b\"}\n")
                .text("[\"generate\",\"model\"]\n{\"Ou")
                .text("\uFEFFfirst prompt\r\n\n \u767d\u65e5\n")
                .text("\n");
    }
}
