package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What other projects recorded for the LLaMA vocabulary: the cases of llama.cpp and of transformers. */
class SentencePieceReferenceTest {
    @TempDir
    Path folder;

    @Test
    @NeedsData({"reference/llama.cpp", "tokenizers/llama_tokenizer.model"})
    void llamaCppCases() throws IOException {
        Path cases = TestData.path("reference/llama.cpp/ggml-vocab-llama-spm.gguf.inp");
        String[] texts = Files.readString(cases).split("\n__ggml_vocab_test__\n", -1);
        List<String> expected = Files.readAllLines(cases.resolveSibling("ggml-vocab-llama-spm.gguf.out"));
        Tokenizer tokenizer = llama();
        Mismatches mismatches = new Mismatches();
        assertThat(texts).hasSize(47).endsWith(""); // the file has no line for the last, empty one
        assertThat(expected).hasSize(46);
        for (int i = 0; i < expected.size(); i++) {
            int[] ids = Arrays.stream(expected.get(i).split(" "))
                    .filter(id -> !id.isEmpty())
                    .mapToInt(Integer::parseInt)
                    .toArray();
            mismatches.compare(texts[i], tokenizer.encode(texts[i]), ids);
        }
        mismatches.assertNone();
    }

    @Test
    @NeedsData({"reference/transformers_llama_tokenizer.json", "tokenizers/llama_tokenizer.model"})
    void transformersEncodeCases() throws IOException {
        List<Object> cases = GoldenFile.list(GoldenFile.document("reference/transformers_llama_tokenizer.json")
                .get("encode"));
        assertThat(cases).hasSize(23);
        Map<String, Tokenizer> tokenizers = new HashMap<>();
        Mismatches mismatches = new Mismatches();
        for (Object object : cases) {
            Map<String, Object> one = GoldenFile.object(object);
            String config = config(one);
            if (!tokenizers.containsKey(config)) {
                tokenizers.put(config, configured(config));
            }
            EncodeOptions options =
                    new EncodeOptions(flag(one, "add_bos"), flag(one, "add_eos"), flag(one, "parse_special"));
            mismatches.compare(
                    one.toString(),
                    tokenizers.get(config).encode((String) one.get("text"), options),
                    GoldenFile.ids(one.get("ids")));
        }
        mismatches.assertNone();
    }

    @Test
    @NeedsData({"reference/transformers_llama_tokenizer.json", "tokenizers/llama_tokenizer.model"})
    void transformersDecodeCases() throws IOException {
        Tokenizer tokenizer = llama();
        int checked = 0;
        for (Object object : GoldenFile.list(GoldenFile.document("reference/transformers_llama_tokenizer.json")
                .get("decode"))) {
            Map<String, Object> one = GoldenFile.object(object);
            String text = (String) one.get("text");
            if (!text.startsWith("<s>")) { // control tokens are never part of our text
                assertThat(tokenizer.decode(GoldenFile.ids(one.get("ids")))).isEqualTo(text);
                checked++;
            }
        }
        assertThat(checked).isEqualTo(5);
        assertThat(configured("{\"add_prefix_space\": false}").decode(1, 12199)).isEqualTo("hello");
        assertThat(configured("{\"add_prefix_space\": false}").decode(1, 22172)).isEqualTo(" hello");
    }

    private static boolean flag(Map<String, Object> one, String key) {
        return Boolean.TRUE.equals(one.get(key));
    }

    private static String config(Map<String, Object> one) {
        return "{\"legacy\": " + one.getOrDefault("legacy", true) + ", \"add_prefix_space\": "
                + one.getOrDefault("add_prefix_space", true) + "}";
    }

    private Tokenizer configured(String config) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), config);
        Path model = folder.resolve("tokenizer.model");
        if (!Files.exists(model)) {
            Files.copy(TestData.path("tokenizers/llama_tokenizer.model"), model);
        }
        return Tokenizers.load(folder);
    }

    private static Tokenizer llama() {
        return SharedTokenizers.of(SharedTokenizers.LLAMA);
    }
}
