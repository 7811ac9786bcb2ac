package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.cli.Cli.Result;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LlamaCommandTest {
    @Test
    void help_listsEveryCommand() {
        Result result = Cli.run("--help");

        assertThat(result.exitCode()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .contains(
                        "demo",
                        "generate",
                        "chat",
                        "tokenize",
                        "detokenize",
                        "score",
                        "merge",
                        "inspect",
                        "verify",
                        "pull",
                        "cache",
                        "bench",
                        "doctor",
                        "Exit codes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo",
                "generate",
                "chat",
                "tokenize",
                "detokenize",
                "score",
                "merge",
                "inspect",
                "verify",
                "pull",
                "cache",
                "bench",
                "doctor"
            })
    void help_ofEveryCommand(String command) {
        Result result = Cli.run(command, "--help");

        assertThat(result.exitCode()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).startsWith("Usage: llama " + command + " ");
    }

    @Test
    void run_noCommand_isWrongUsage() {
        Result result = Cli.run();

        assertThat(result).isEqualTo(new Result(2, "", "llama: a command is missing; see llama --help\n"));
    }

    @Test
    void run_unknownOption_isWrongUsage() {
        Result result = Cli.run("tokenize", "--tokenizer", "x", "--frobnicate");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .startsWith("llama: Unknown option: '--frobnicate'")
                .hasLineCount(1);
    }

    @Test
    void run_missingFile_saysSoInOneLine() {
        Result result = Cli.run("tokenize", "--tokenizer", "no/such.model", "--json");

        assertThat(result)
                .isEqualTo(new Result(
                        1, "", "llama: not found: no/such.model; expected a file or a folder on this machine\n"));
    }

    @Test
    void run_debug_addsTheStackTrace() {
        Result result = Cli.run("tokenize", "--tokenizer", "no/such.model", "--debug");

        assertThat(result.err()).contains("\tat io.github.hanllama.cli.");
    }

    @Test
    void run_messageWithControlCharacters_isHarmless() {
        Result result = Cli.run("tokenize", "--tokenizer", "a\u001b[31m\u202eb");

        assertThat(result.err()).contains("a\uFFFD[31m\uFFFDb").doesNotContain("\u001b");
    }

    @Test
    void run_readerHasLeft_isQuiet() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(new ByteArrayInputStream(new byte[0]), failing("Broken pipe"), err, false);

        assertThat(LlamaCommand.run(terminal, "--help")).isZero();
        assertThat(err.size()).isZero();
    }

    @Test
    void run_outputCannotBeWritten_fails() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal =
                new Terminal(new ByteArrayInputStream(new byte[0]), failing("No space left on device"), err, false);

        assertThat(LlamaCommand.run(terminal, "--help")).isEqualTo(1);
        assertThat(err).hasToString("llama: cannot write to standard output: No space left on device\n");
    }

    private static OutputStream failing(String message) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(message);
            }
        };
    }
}
