package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.NeedsData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids and text equal those of Hugging Face's tokenizers, or of the vocabulary's other implementations. */
@Execution(ExecutionMode.CONCURRENT)
class HfTokenizerGoldenTest {
    private static final EncodeOptions PARSE_SPECIAL = EncodeOptions.PLAIN.parseSpecial(true);

    /** The four forms; {@code tools/golden/tokenizer_json.py} says what is in each. */
    @ParameterizedTest
    @ValueSource(strings = {"byte_level", "normalized", "metaspace", "gpt2"})
    void ownVocabulary(String name) {
        check(SharedTokenizers.of("tokenizer_json/" + name + ".json"), name);
    }

    @Test
    @NeedsData("tokenizers/minimind_tokenizer.json")
    void minimind() {
        check(SharedTokenizers.of("tokenizers/minimind_tokenizer.json"), "minimind_tokenizer");
    }

    private static void check(Tokenizer tokenizer, String golden) {
        List<Map<String, Object>> lines = GoldenFile.lines("tokenizer_json/" + golden + ".jsonl");
        assertThat(lines).hasSizeGreaterThan(180);
        Mismatches mismatches = new Mismatches();
        for (Map<String, Object> line : lines) {
            int[] ids = GoldenFile.ids(line.get("ids"));
            if (line.get("text") instanceof String text) {
                mismatches.compare(text, tokenizer.encode(text), ids);
                mismatches.compare(
                        "special " + text,
                        tokenizer.encode(text, PARSE_SPECIAL),
                        GoldenFile.ids(line.get("special_ids")));
            }
            mismatches.compare(line.get("ids"), tokenizer.decode(ids), line.get("decoded"));
        }
        mismatches.assertNone();
    }

    /** The same 32000 pieces as SentencePiece's file, with merges as strings and as pairs. */
    @ParameterizedTest
    @ValueSource(strings = {"old", "new"})
    @NeedsData({"golden/llama_32000.jsonl", "tokenizers/llama_tokenizer_hf_oldmerges.json"})
    void llama_likeSentencePiece(String form) {
        Tokenizer tokenizer = SharedTokenizers.of("tokenizers/llama_tokenizer_hf_" + form + "merges.json");
        assertThat(tokenizer.defaultOptions()).isEqualTo(new EncodeOptions(true, false, false));
        assertThat(tokenizer.specialTokens().byText()).isEqualTo(Map.of("<unk>", 0, "<s>", 1, "</s>", 2));
        Mismatches mismatches = new Mismatches();
        for (Map<String, Object> line : GoldenFile.lines("golden/llama_32000.jsonl")) {
            int[] ids = tokenizer.encode((String) line.get("text"));
            mismatches.compare(line.get("text"), ids, GoldenFile.ids(line.get("ids")));
            mismatches.compare(
                    line.get("text"),
                    Arrays.stream(ids).mapToObj(tokenizer::piece).toList(),
                    GoldenFile.list(line.get("pieces")));
            mismatches.compare(line.get("text"), tokenizer.decode(ids), line.get("decoded"));
        }
        mismatches.assertNone();
    }

    /** Llama 3's tokenizer.json is its tokenizer.model in another form; here it is made from it. */
    @Test
    @NeedsData({"golden/llama3_128256.jsonl", "tokenizers/llama3_tokenizer.model"})
    void llama3_likeTiktoken(@TempDir Path folder) throws IOException {
        Tokenizer tiktoken = SharedTokenizers.of(SharedTokenizers.LLAMA_3);
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(file, Llama3Json.of(tiktoken));
        Tokenizer json = Tokenizers.load(file);
        assertThat(json.vocabularySize()).isEqualTo(128_256);
        assertThat(json.specialTokens().byText())
                .isEqualTo(tiktoken.specialTokens().byText());
        assertThat(json.defaultOptions()).isEqualTo(tiktoken.defaultOptions());
        Mismatches mismatches = new Mismatches();
        for (Map<String, Object> line : GoldenFile.lines("golden/llama3_128256.jsonl")) {
            int[] ids = json.encode((String) line.get("text"));
            mismatches.compare(line.get("text"), ids, GoldenFile.ids(line.get("ids")));
            mismatches.compare(line.get("text"), json.decode(ids), line.get("text"));
        }
        mismatches.assertNone();
    }
}
