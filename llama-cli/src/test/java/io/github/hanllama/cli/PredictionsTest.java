package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code generate --prompts}. */
class PredictionsTest {
    private static final String BASE = Reference.path("synthetic/base/hf_safetensors_f32");
    private static final String TOKENIZER = Reference.path("synthetic/tokenizers/tok512.model");

    @TempDir
    private Path folder;

    private Path prompts;
    private Path output;
    private Path partial;

    @BeforeEach
    void name() {
        prompts = folder.resolve("prompts.txt");
        output = folder.resolve("predictions.json");
        partial = folder.resolve("predictions.json.partial");
    }

    @Test
    void everyLine_isAnswered_inOrder() throws IOException {
        Files.writeString(prompts, "\uFEFFOnce upon\r\n\n  a time  \n");

        Result result = predict();

        assertThat(result).isEqualTo(new Result(0, "", ""));
        JsonNode answers = Reference.JSON.readTree(output.toFile());
        assertThat(answers).hasSize(2);
        assertThat(answers.get(0).get("Input").textValue()).isEqualTo("Once upon");
        assertThat(answers.get(1).get("Input").textValue()).isEqualTo("a time");
        assertThat(answers.get(0).get("Output").textValue()).isEqualTo(alone("Once upon"));
        assertThat(answers.get(1).get("Output").textValue()).isEqualTo(alone("a time"));
        assertThat(partial).doesNotExist();
        assertThat(folder.toFile().list()).hasSize(2);
    }

    @Test
    void template_isPartOfTheInput() throws IOException {
        Files.writeString(prompts, "Once\n");

        assertThat(predict("--template", "alpaca").exitCode()).isZero();

        assertThat(Reference.JSON.readTree(output.toFile()).get(0).get("Input").textValue())
                .startsWith("Below is an instruction")
                .contains("### Instruction:\nOnce\n\n### Response:");
    }

    @Test
    void failedRun_keepsItsAnswers_andTheNextGoesOn() throws IOException {
        Files.writeString(prompts, "Once\nupon\n" + "a time ".repeat(50) + "\n");
        Result failed = predict("--context", "40", "--json");
        assertThat(failed.exitCode()).isEqualTo(1);
        assertThat(failed.err()).contains("more than the 40").hasLineCount(1);
        assertThat(output).doesNotExist();
        List<String> kept = Files.readAllLines(partial);
        assertThat(kept).hasSize(3);

        Files.writeString(
                partial,
                kept.get(0) + "\n" + kept.get(1).replaceFirst("(\"Output\":\").*\"", "$1as it was\"") + "\n"
                        + kept.get(2).substring(0, 9)); // the last line cut short by a kill
        Files.writeString(prompts, "Once\nupon\na time\n");
        Result resumed = predict("--context", "40", "--json");

        assertThat(resumed.err()).isEmpty();
        JsonNode outcome = Reference.JSON.readTree(resumed.out());
        assertThat(outcome.get("prompts").intValue()).isEqualTo(3);
        assertThat(outcome.get("answered_before").intValue()).isEqualTo(1);
        assertThat(outcome.get("answered").intValue()).isEqualTo(3);
        JsonNode answers = Reference.JSON.readTree(output.toFile());
        assertThat(answers).hasSize(3);
        assertThat(answers.get(0).get("Output").textValue()).isEqualTo("as it was");
        assertThat(answers.get(1).get("Output").textValue()).isEqualTo(alone("upon"));
        assertThat(partial).doesNotExist();
    }

    @Test
    void otherOptions_doNotGoOn() throws IOException {
        Files.writeString(prompts, "Once\n");
        Files.writeString(partial, "[\"generate\",\"--seed\",\"1\"]\n");

        Result result = predict();

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err())
                .contains("was begun by another command line, llama generate --seed 1; repeat that one")
                .hasLineCount(1);
        assertThat(partial).hasContent("[\"generate\",\"--seed\",\"1\"]");
    }

    @Test
    void otherPrompts_doNotGoOn() throws IOException {
        Files.writeString(prompts, "Once\n" + "a time ".repeat(50) + "\n");
        predict("--context", "40");
        Files.writeString(prompts, "Twice\nupon\n");

        Result result = predict("--context", "40");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err())
                .contains("answer 1 in", "is for another prompt than the file has now")
                .hasLineCount(1);
    }

    @Test
    void damagedAnswers_areNamed() throws IOException {
        Files.writeString(prompts, "Once\n" + "a time ".repeat(50) + "\n");
        predict("--context", "40");
        Files.writeString(partial, Files.readAllLines(partial).getFirst() + "\n{\"Input\":1}\n");

        Result result = predict("--context", "40");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("line 2 of " + partial).hasLineCount(1);
    }

    @Test
    void promptFile_emptyOrNotText_isNamed() throws IOException {
        Files.writeString(prompts, "\n  \n");
        assertThat(predict().err())
                .contains("expected a prompt on each line, found none")
                .hasLineCount(1);
        Files.write(prompts, new byte[] {'a', '\n', (byte) 0xff, '\n'});
        assertThat(predict().err())
                .contains("line 2 of " + prompts + ": expected UTF-8")
                .hasLineCount(1);
        Files.delete(prompts);
        assertThat(predict().err()).contains("not found: " + prompts).hasLineCount(1);
    }

    private Result predict(String... options) {
        return Cli.run(command(options));
    }

    private String[] command(String... options) {
        String[] command = new String[options.length + 11];
        System.arraycopy(
                new String[] {
                    "generate",
                    "--model",
                    BASE,
                    "--tokenizer",
                    TOKENIZER,
                    "--max-new-tokens",
                    "6",
                    "--prompts",
                    prompts.toString(),
                    "--output",
                    output.toString()
                },
                0,
                command,
                0,
                11);
        System.arraycopy(options, 0, command, 11, options.length);
        return command;
    }

    private static String alone(String prompt) {
        return Cli.run("generate", "--model", BASE, "--tokenizer", TOKENIZER, "--max-new-tokens", "6", prompt)
                .out()
                .strip();
    }
}
