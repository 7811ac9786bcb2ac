package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.NeedsData;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ids, pieces and decoded text equal those of the C++ library. */
class SentencePieceGoldenTest {
    @ParameterizedTest
    @CsvSource({"tiny_512, tok512", "tiny_641, merged641_pad"})
    void ownVocabulary(String golden, String model) {
        check(golden, "synthetic/tokenizers/" + model + ".model");
    }

    @ParameterizedTest
    @NeedsData({"golden", "tokenizers"})
    @CsvSource({
        "llama_32000, llama_tokenizer",
        "chinese_llama_49953, chinese_llama_49953",
        "chinese_alpaca_49954, chinese_alpaca_49954",
        "chinese_llama2_55296, chinese_llama2_55296"
    })
    void publishedVocabulary(String golden, String model) {
        check(golden, "tokenizers/" + model + ".model");
    }

    private static void check(String golden, String model) {
        Tokenizer tokenizer = SharedTokenizers.of(model);
        List<Map<String, Object>> texts = GoldenFile.lines("golden/" + golden + ".jsonl");
        List<Map<String, Object>> broken = GoldenFile.lines("golden/" + golden + ".decode.jsonl");
        assertThat(texts).hasSizeGreaterThan(100);
        assertThat(broken).hasSizeGreaterThan(10);
        Mismatches mismatches = new Mismatches();
        for (Map<String, Object> line : texts) {
            int[] ids = tokenizer.encode((String) line.get("text"));
            mismatches.compare(line.get("text"), ids, GoldenFile.ids(line.get("ids")));
            mismatches.compare(
                    line.get("text"),
                    Arrays.stream(ids).mapToObj(tokenizer::piece).toList(),
                    GoldenFile.list(line.get("pieces")));
            mismatches.compare(line.get("text"), tokenizer.decode(ids), line.get("decoded"));
        }
        for (Map<String, Object> line : broken) {
            int[] ids = GoldenFile.ids(line.get("ids"));
            mismatches.compare(line.get("ids"), tokenizer.decode(ids), line.get("decoded"));
        }
        mismatches.assertNone();
    }
}
