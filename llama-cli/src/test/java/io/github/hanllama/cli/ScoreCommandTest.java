package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import io.github.hanllama.cli.Reference.Case;
import io.github.hanllama.cli.Reference.Model;
import io.github.hanllama.core.engine.Engine;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScoreCommandTest {
    private static final double TOLERANCE = 1e-4;
    private static final String BASE = Reference.path("synthetic/base/hf_safetensors_f32");
    private static final String TOKENIZER = Reference.path("synthetic/tokenizers/tok512.model");

    @ParameterizedTest(name = "{0}, engine {1}")
    @MethodSource("io.github.hanllama.cli.Reference#modelsAndEngines")
    void json_equalsTheReference(Model model, Engine engine) throws IOException {
        StringBuilder input = new StringBuilder();
        model.cases().forEach(c -> input.append("{\"ids\":").append(c.ids()).append("}\n"));

        Result result = Cli.runWithInput(input.toString(), model.command("score", engine, "--logits", "--json"));

        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.outLines()).hasSameSizeAs(model.cases());
        for (int i = 0; i < model.cases().size(); i++) {
            assertScore(
                    Reference.JSON.readTree(result.outLines().get(i)),
                    model.cases().get(i));
        }
    }

    private static void assertScore(JsonNode actual, Case expected) {
        assertThat(actual.fieldNames()).toIterable().containsExactly("ids", "nll", "perplexity", "top", "logits");
        assertThat(actual.get("ids")).isEqualTo(expected.ids());
        int predicted = expected.ids().size() - 1;
        // The error of a sum grows with its terms.
        assertThat(actual.get("nll").doubleValue())
                .isEqualTo(expected.nll(), within(TOLERANCE * Math.max(1, predicted)));
        if (predicted > 0) {
            assertThat(actual.get("perplexity").doubleValue())
                    .isEqualTo(Math.exp(actual.get("nll").doubleValue() / predicted), within(1e-9));
        } else {
            assertThat(actual.get("perplexity").isNull()).isTrue();
        }
        JsonNode logits = actual.get("logits");
        assertThat(logits.size()).isEqualTo(expected.logits().size());
        double worst = 0;
        for (int id = 0; id < logits.size(); id++) {
            worst = Math.max(
                    worst,
                    Math.abs(logits.get(id).doubleValue() - expected.logits().get(id)));
        }
        assertThat(worst).as("largest difference of a logit").isLessThanOrEqualTo(TOLERANCE);
        assertTop(actual.get("top"), logits);
    }

    private static void assertTop(JsonNode top, JsonNode logits) {
        assertThat(top.size()).isEqualTo(5);
        double previous = Double.POSITIVE_INFINITY;
        for (JsonNode entry : top) {
            assertThat(entry.get(1)).isEqualTo(logits.get(entry.get(0).intValue()));
            assertThat(entry.get(1).doubleValue()).isLessThanOrEqualTo(previous);
            previous = entry.get(1).doubleValue();
        }
        double fifth = previous;
        assertThat(logits).filteredOn(logit -> logit.doubleValue() > fifth).hasSizeLessThan(5);
    }

    @Test
    void json_text_isEncodedWithBos() throws IOException {
        Result result = Cli.runWithInput(
                "{\"text\":\"Once upon a time\"}\n", "score", "--model", BASE, "--tokenizer", TOKENIZER, "--json");

        JsonNode answer = Reference.JSON.readTree(result.out());
        assertThat(result.err()).isEmpty();
        assertThat(answer.get("ids")).hasToString("[1,403,407,261,378]");
        assertThat(answer.fieldNames()).toIterable().containsExactly("ids", "nll", "perplexity", "top");
    }

    @Test
    void json_textLongerThanAChunk_equalsItsParts() throws IOException {
        // A causal model: the score of a prefix does not depend on what follows, wherever chunks end.
        StringBuilder ids = new StringBuilder("1");
        for (int i = 1; i < 300; i++) {
            ids.append(',').append(3 + i * 7 % 500);
        }
        String all = ids.toString();
        String prefix = all.substring(0, all.lastIndexOf(','));

        Result result = Cli.runWithInput(
                "{\"ids\":[" + prefix + "]}\n{\"ids\":[" + all + "]}\n",
                "score",
                "--model",
                BASE,
                "--logits",
                "--json");

        JsonNode before = Reference.JSON.readTree(result.outLines().get(0));
        JsonNode after = Reference.JSON.readTree(result.outLines().get(1));
        float[] logits = new float[before.get("logits").size()];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = before.get("logits").get(i).floatValue();
        }
        int last = after.get("ids").get(299).intValue();
        assertThat(after.get("nll").doubleValue() - before.get("nll").doubleValue())
                .isEqualTo(-Scorer.logProbability(logits, last), within(1e-4));
    }

    @Test
    void json_textWithoutTokenizer_saysWhatToDo() {
        Result result = Cli.runWithInput("{\"text\":\"a\"}", "score", "--model", BASE, "--json");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err())
                .startsWith("llama: line 1 of the input: ")
                .contains("--tokenizer")
                .hasLineCount(1);
    }

    @Test
    void json_idOutsideTheVocabulary_namesTheLine() {
        Result result = Cli.runWithInput("{\"ids\":[1]}\n{\"ids\":[1,512]}\n", "score", "--model", BASE, "--json");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.outLines()).hasSize(1);
        assertThat(result.err())
                .startsWith("llama: line 2 of the input: ")
                .contains("512")
                .hasLineCount(1);
    }

    @Test
    void json_noIds_isRefused() {
        Result result = Cli.runWithInput("{\"ids\":[]}", "score", "--model", BASE, "--json");

        assertThat(result)
                .isEqualTo(new Result(1, "", "llama: line 1 of the input: expected at least one id, found none\n"));
    }

    @Test
    void lines_areAnsweredForPeople() {
        Result result = Cli.runWithInput("Once upon a time\n", "score", "--model", BASE, "--tokenizer", TOKENIZER);

        assertThat(result.out()).matches("5 tokens, nll \\d+\\.\\d{4}, perplexity \\d+\\.\\d{3}\n");
    }

    @Test
    void unknownEngine_listsTheKnown() {
        Result result = Cli.run("score", "--model", BASE, "--engine", "abacus", "--json");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("abacus").contains("reference").hasLineCount(1);
    }
}
