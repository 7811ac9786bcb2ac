package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.hanllama.cli.Cli.Result;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizeCommandTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final String tokenizer =
            TestData.path("synthetic/tokenizers/tok512.model").toString();

    /** Loading classes for the first time is not what the time limits below are about. */
    @BeforeAll
    static void warmUp() {
        assertThat(Cli.run("tokenize", "--tokenizer", Reference.path("synthetic/tokenizers/tok512.model"), "text")
                        .exitCode())
                .isZero();
    }

    @Test
    void json_hasIdsThenPieces() {
        Result result = Cli.runWithInput(
                "{\"text\":\"Once upon\"}\n{\"text\":\"\"}\n", "tokenize", "--tokenizer", tokenizer, "--json");

        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.outLines())
                .containsExactly("{\"ids\":[403,407],\"pieces\":[\"▁Once\",\"▁upon\"]}", "{\"ids\":[],\"pieces\":[]}");
    }

    @Test
    void json_bos() {
        Result result =
                Cli.runWithInput("{\"text\":\"Once\"}", "tokenize", "--tokenizer", tokenizer, "--bos", "--json");

        assertThat(result.out()).isEqualTo("{\"ids\":[1,403],\"pieces\":[\"<s>\",\"▁Once\"]}\n");
    }

    @Test
    void json_specialTextIsTextUnlessAskedFor() {
        String input = "{\"text\":\"</s>\"}";

        Result plain = Cli.runWithInput(input, "tokenize", "--tokenizer", tokenizer, "--json");
        Result parsed = Cli.runWithInput(input, "tokenize", "--tokenizer", tokenizer, "--parse-special", "--json");

        assertThat(plain.out()).doesNotContain("</s>");
        assertThat(parsed.out()).isEqualTo("{\"ids\":[2],\"pieces\":[\"</s>\"]}\n");
    }

    @ParameterizedTest
    @CsvSource({"tok512.model, tiny_512", "merged641_pad.model, tiny_641"})
    void json_golden_roundTrips(String model, String golden) throws IOException {
        String path = TestData.path("synthetic/tokenizers/" + model).toString();
        List<JsonNode> cases = new ArrayList<>();
        for (String line : Files.readAllLines(TestData.path("golden/" + golden + ".jsonl"))) {
            cases.add(JSON.readTree(line));
        }
        StringBuilder texts = new StringBuilder();
        cases.forEach(node -> texts.append(node).append('\n'));

        Result encoded = Cli.runWithInput(texts.toString(), "tokenize", "--tokenizer", path, "--json");
        Result decoded = Cli.runWithInput(encoded.out(), "detokenize", "--tokenizer", path, "--json");

        assertThat(encoded.err()).isEmpty();
        assertThat(encoded.outLines()).hasSameSizeAs(cases);
        for (int i = 0; i < cases.size(); i++) {
            JsonNode expected = cases.get(i);
            JsonNode actual = JSON.readTree(encoded.outLines().get(i));
            assertThat(actual.get("ids")).as("%s", expected).isEqualTo(expected.get("ids"));
            assertThat(actual.get("pieces")).as("%s", expected).isEqualTo(expected.get("pieces"));
            assertThat(JSON.readTree(decoded.outLines().get(i)).get("text"))
                    .as("%s", expected)
                    .isEqualTo(expected.get("decoded"));
        }
    }

    @Test
    void json_malformedLine_isNamed_andEarlierAnswersStay() {
        Result result =
                Cli.runWithInput("{\"text\":\"Once\"}\n{\"txt\":1}\n", "tokenize", "--tokenizer", tokenizer, "--json");

        assertThat(result)
                .isEqualTo(new Result(
                        1,
                        "{\"ids\":[403],\"pieces\":[\"▁Once\"]}\n",
                        "llama: line 2 of the input: expected a field \"text\", found none\n"));
    }

    @Test
    void text_isAnsweredByATable() {
        Result result = Cli.run("tokenize", "--tokenizer", tokenizer, "Once upon");

        assertThat(result.out()).isEqualTo("    403  ▁Once\n    407  ▁upon\n");
    }

    @Test
    void lines_areAnsweredByIds_andBack() {
        Result ids = Cli.runWithInput("Once upon\n\n", "tokenize", "--tokenizer", tokenizer);
        Result text = Cli.runWithInput(ids.out(), "detokenize", "--tokenizer", tokenizer);

        assertThat(ids.out()).isEqualTo("403 407\n\n");
        assertThat(text.out()).isEqualTo("Once upon\n\n");
    }

    @Test
    void detokenize_idsAsArguments() {
        Result result = Cli.run("detokenize", "--tokenizer", tokenizer, "403,407", "--json");

        assertThat(result.out()).isEqualTo("{\"text\":\"Once upon\"}\n");
    }

    @Test
    void detokenize_idOutsideTheVocabulary_namesLineAndId() {
        Result result = Cli.runWithInput("{\"ids\":[512]}", "detokenize", "--tokenizer", tokenizer, "--json");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .startsWith("llama: line 1 of the input: ")
                .contains("512")
                .hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"spm_empty.model", "spm_truncated.model", "spm_varint_overflow.model", "html_error_page.bin"})
    void hostileTokenizer_isRefusedInOneLine(String file) {
        String path = TestData.path("hostile/" + file).toString();
        long start = System.nanoTime();

        Result result = Cli.run("tokenize", "--tokenizer", path, "text");

        assertThat(System.nanoTime() - start).isLessThan(1_000_000_000L);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains(path).hasLineCount(1);
    }
}
