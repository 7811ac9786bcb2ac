package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PerplexityCommandTest {
    private static final String STORIES = Reference.path("models/stories260k-hf");
    private static final String TEXT =
            "Once upon a time, there was a little girl named Lily. She loved to play outside in"
                    + " the park. One day, she saw a big, red ball.";

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void writeText() throws IOException {
        file = Files.writeString(folder.resolve("text.txt"), TEXT);
    }

    @Test
    void json_oneWindow_equalsScore() throws IOException {
        JsonNode scored = Reference.JSON.readTree(Cli.runWithInput(
                        Reference.JSON.createObjectNode().put("text", TEXT).toString(),
                        "score",
                        "--model",
                        STORIES,
                        "--json")
                .out());

        JsonNode json = perplexity("--context", "256");

        assertThat(json.fieldNames())
                .toIterable()
                .containsExactly("tokens", "nll", "perplexity", "context", "stride", "tokens_per_second");
        assertThat(json.get("tokens").intValue()).isEqualTo(scored.get("ids").size() - 1);
        assertThat(json.get("perplexity").doubleValue())
                .isCloseTo(scored.get("perplexity").doubleValue(), within(1e-6));
        assertThat(json.get("nll").doubleValue())
                .isCloseTo(Math.log(scored.get("perplexity").doubleValue()), within(1e-7));
    }

    /** A window as long as the text but one predicts the last token from all but the first. */
    @Test
    void json_moreWindows_scoreEveryTokenOnce() throws IOException {
        int tokens = perplexity().get("tokens").intValue();
        JsonNode short1 = perplexity("--context", "16", "--stride", "1");
        JsonNode short8 = perplexity("--context", "16", "--stride", "8");
        JsonNode whole = perplexity("--context", String.valueOf(tokens + 1));

        assertThat(short1.get("tokens").intValue()).isEqualTo(tokens);
        assertThat(short8.get("tokens").intValue()).isEqualTo(tokens);
        assertThat(short8.get("nll").doubleValue())
                .isGreaterThan(short1.get("nll").doubleValue());
        assertThat(short1.get("nll").doubleValue())
                .isGreaterThan(whole.get("nll").doubleValue());
    }

    @Test
    void text_saysAllOfIt() {
        Result result = Cli.run("perplexity", "--model", STORIES, "--file", file.toString());

        assertThat(result.exitCode()).isZero();
        assertThat(result.out())
                .matches("\\d+ tokens, nll \\d\\.\\d{4}, perplexity \\d+\\.\\d{4}, \\d+ tokens/s"
                        + " \\(windows of 512, stride 256\\)\n");
    }

    @Test
    void quantized_eightBits_areWithinAThousandth() throws IOException {
        file = Path.of(Reference.path("perplexity/tiny_stories.txt"));
        double full = perplexity().get("perplexity").doubleValue();
        double eight = perplexity("--quantize", "Q8_0").get("perplexity").doubleValue();

        assertThat(eight).isNotEqualTo(full).isCloseTo(full, within(full / 1000));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, context must be >= 2", "8, 8, stride must be in 1..7", "8, 0, stride must be in 1..7"})
    void impossibleWindows_areRefused(String context, String stride, String message) {
        Result result = Cli.run(
                "perplexity", "--model", STORIES, "--file", file.toString(), "--context", context, "--stride", stride);

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains(message);
    }

    @Test
    void fileOfOtherBytes_isRefused() throws IOException {
        Files.write(file, new byte[] {'a', (byte) 0xff});

        Result result = Cli.run("perplexity", "--model", STORIES, "--file", file.toString());

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("text.txt: expected text in UTF-8");
    }

    @Test
    void emptyFile_isRefused() throws IOException {
        Files.writeString(file, "");

        Result result = Cli.run("perplexity", "--model", STORIES, "--file", file.toString());

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("at least two tokens");
    }

    @Test
    void missingFile_isNotFound() {
        Result result = Cli.run("perplexity", "--model", STORIES, "--file", folder + "/none");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("not found");
    }

    private JsonNode perplexity(String... more) throws IOException {
        String[] args = new String[6 + more.length];
        String[] fixed = {"perplexity", "--model", STORIES, "--file", file.toString(), "--json"};
        System.arraycopy(fixed, 0, args, 0, 6);
        System.arraycopy(more, 0, args, 6, more.length);
        Result result = Cli.run(args);
        assertThat(result.exitCode()).as(result.err()).isZero();
        return Reference.JSON.readTree(result.out());
    }
}
