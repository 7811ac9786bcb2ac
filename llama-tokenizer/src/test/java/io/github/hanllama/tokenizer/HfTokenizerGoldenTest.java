package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids and text equal those of Hugging Face's tokenizers, or of the vocabulary's other implementations. */
class HfTokenizerGoldenTest {
    private static final EncodeOptions PARSE_SPECIAL = EncodeOptions.PLAIN.parseSpecial(true);

    /** The four forms; {@code tools/golden/tokenizer_json.py} says what is in each. */
    @ParameterizedTest
    @ValueSource(strings = {"byte_level", "normalized", "metaspace", "gpt2"})
    void ownVocabulary(String name) {
        check(Tokenizers.load(TestData.path("tokenizer_json/" + name + ".json")), name);
    }

    @Test
    @NeedsData("tokenizers/minimind_tokenizer.json")
    void minimind() {
        check(Tokenizers.load(TestData.path("tokenizers/minimind_tokenizer.json")), "minimind_tokenizer");
    }

    private static void check(Tokenizer tokenizer, String golden) {
        List<Map<String, Object>> lines = GoldenFile.lines("tokenizer_json/" + golden + ".jsonl");
        assertThat(lines).hasSizeGreaterThan(180);
        SoftAssertions softly = new SoftAssertions();
        for (Map<String, Object> line : lines) {
            int[] ids = GoldenFile.ids(line.get("ids"));
            if (line.get("text") instanceof String text) {
                softly.assertThat(tokenizer.encode(text)).as("%s", text).isEqualTo(ids);
                softly.assertThat(tokenizer.encode(text, PARSE_SPECIAL))
                        .as("special %s", text)
                        .isEqualTo(GoldenFile.ids(line.get("special_ids")));
            }
            softly.assertThat(tokenizer.decode(ids)).as("%s", line.get("ids")).isEqualTo(line.get("decoded"));
        }
        softly.assertAll();
    }

    /** The same 32000 pieces as SentencePiece's file, with merges as strings and as pairs. */
    @ParameterizedTest
    @ValueSource(strings = {"old", "new"})
    @NeedsData({"golden/llama_32000.jsonl", "tokenizers/llama_tokenizer_hf_oldmerges.json"})
    void llama_likeSentencePiece(String form) {
        Tokenizer tokenizer = Tokenizers.load(TestData.path("tokenizers/llama_tokenizer_hf_" + form + "merges.json"));
        assertThat(tokenizer.defaultOptions()).isEqualTo(new EncodeOptions(true, false, false));
        assertThat(tokenizer.specialTokens().byText()).isEqualTo(Map.of("<unk>", 0, "<s>", 1, "</s>", 2));
        SoftAssertions softly = new SoftAssertions();
        for (Map<String, Object> line : GoldenFile.lines("golden/llama_32000.jsonl")) {
            int[] ids = tokenizer.encode((String) line.get("text"));
            softly.assertThat(ids).as("%s", line.get("text")).isEqualTo(GoldenFile.ids(line.get("ids")));
            softly.assertThat(Arrays.stream(ids).mapToObj(tokenizer::piece).toList())
                    .isEqualTo(GoldenFile.list(line.get("pieces")));
            softly.assertThat(tokenizer.decode(ids)).isEqualTo(line.get("decoded"));
        }
        softly.assertAll();
    }

    /** Llama 3's tokenizer.json is its tokenizer.model in another form; here it is made from it. */
    @Test
    @NeedsData({"golden/llama3_128256.jsonl", "tokenizers/llama3_tokenizer.model"})
    void llama3_likeTiktoken(@TempDir Path folder) throws IOException {
        Tokenizer tiktoken = Tokenizers.load(TestData.path("tokenizers/llama3_tokenizer.model"));
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(file, Llama3Json.of(tiktoken));
        Tokenizer json = Tokenizers.load(file);
        assertThat(json.vocabularySize()).isEqualTo(128_256);
        assertThat(json.specialTokens().byText())
                .isEqualTo(tiktoken.specialTokens().byText());
        assertThat(json.defaultOptions()).isEqualTo(tiktoken.defaultOptions());
        SoftAssertions softly = new SoftAssertions();
        for (Map<String, Object> line : GoldenFile.lines("golden/llama3_128256.jsonl")) {
            int[] ids = json.encode((String) line.get("text"));
            softly.assertThat(ids).as("%s", line.get("text")).isEqualTo(GoldenFile.ids(line.get("ids")));
            softly.assertThat(json.decode(ids)).isEqualTo(line.get("text"));
        }
        softly.assertAll();
    }
}
