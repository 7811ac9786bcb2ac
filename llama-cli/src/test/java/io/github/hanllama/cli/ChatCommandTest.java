package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatCommandTest {
    private static final String BASE = Reference.path("synthetic/base/hf_safetensors_f32");
    private static final String TOKENIZER = Reference.path("synthetic/tokenizers/tok512.model");
    private static final String[] GREEDY = {
        "--template",
        "alpaca",
        "--temperature",
        "0",
        "--repetition-penalty",
        "1",
        "--max-new-tokens",
        "6",
        "--context",
        "1024"
    };

    @Test
    void lines_areQuestions_andWhatWasSaidIsRemembered() throws IOException {
        List<String> lines =
                chat("{\"text\":\"Once\"}\n\n{\"text\":\"upon\"}\n", "--json").outLines();

        assertThat(lines).hasSize(2);
        JsonNode first = Reference.JSON.readTree(lines.get(0));
        JsonNode second = Reference.JSON.readTree(lines.get(1));
        assertThat(second.get("prompt_ids").size())
                .isGreaterThan(first.get("prompt_ids").size() + 6);
        Result plain = chat("Once\n\nupon\n");
        assertThat(plain.err()).isEmpty();
        assertThat(plain.out())
                .isEqualTo(first.get("text").textValue() + "\n"
                        + second.get("text").textValue() + "\n");
    }

    @Test
    void clear_forgets_exit_ends() throws IOException {
        Result result = chat("Once\n/clear\nOnce\n/exit\nOnce\n");

        assertThat(result.exitCode()).isZero();
        assertThat(result.outLines()).hasSize(2);
        assertThat(result.outLines().get(0)).isEqualTo(result.outLines().get(1));
    }

    @Test
    void watchedTerminal_isPrompted() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        byte[] input = "Once\n".getBytes(StandardCharsets.UTF_8);
        int exitCode = LlamaCommand.run(new Terminal(new ByteArrayInputStream(input), out, err, true), command());

        assertThat(exitCode).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("> > ");
        assertThat(out.toString(StandardCharsets.UTF_8)).hasLineCount(1);
    }

    @Test
    void baseModel_withoutTemplate_saysWhatToDo() {
        Result result = Cli.runWithInput("Once\n", "chat", "--model", BASE, "--tokenizer", TOKENIZER);

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .contains("--template names one (alpaca, alpaca-cpp, llama-2, alpaca-2, llama-3)")
                .hasLineCount(1);
    }

    @Test
    void questionTooLong_namesItsLine() {
        Result result = chat("Once\n" + "upon a time ".repeat(900) + "\n");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.outLines()).hasSize(1);
        assertThat(result.err())
                .startsWith("llama: line 2 of the input: the prompt has")
                .hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"chat", "chat --model X --template chatml", "chat --model X --top-p 2", "chat --model X --stop"})
    void wrongUsage_isExitCode2(String commandLine) {
        Result result = Cli.run(commandLine.split(" "));

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).endsWith("; see llama chat --help\n").hasLineCount(1);
    }

    private static Result chat(String input, String... options) {
        return Cli.runWithInput(input, command(options));
    }

    private static String[] command(String... options) {
        return Stream.of(
                        Stream.of("chat", "--model", BASE, "--tokenizer", TOKENIZER),
                        Stream.of(GREEDY),
                        Stream.of(options))
                .flatMap(part -> part)
                .toArray(String[]::new);
    }
}
