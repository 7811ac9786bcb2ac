package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Llama 3 against what tiktoken, llama.cpp and Meta's own test recorded. */
@NeedsData({"tokenizers/llama3_tokenizer.model", "golden/llama3_128256.jsonl"})
@Execution(ExecutionMode.CONCURRENT)
class TiktokenGoldenTest {
    private static final String LLAMA_CPP = "reference/llama.cpp/ggml-vocab-llama-bpe.gguf";

    private static Tokenizer tokenizer;

    @BeforeAll
    static void load() {
        tokenizer = SharedTokenizers.of(SharedTokenizers.LLAMA_3);
    }

    static List<Map<String, Object>> tiktoken() {
        return GoldenFile.lines("golden/llama3_128256.jsonl");
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("tiktoken")
    void encode_likeTiktoken(Map<String, Object> line) {
        String text = (String) line.get("text");
        int[] ids = tokenizer.encode(text);
        assertThat(ids).isEqualTo(GoldenFile.ids(line.get("ids")));
        assertThat(IntStream.of(ids).mapToObj(id -> HexFormat.of().formatHex(tokenizer.bytes(id))))
                .isEqualTo(GoldenFile.list(line.get("piece_bytes_hex")));
        assertThat(tokenizer.decode(ids)).isEqualTo(text);
    }

    record LlamaCppCase(String text, int[] ids) {}

    /** {@code llama.cpp/tests/test-tokenizer-0.cpp} separates texts by a marker line and ids by line. */
    static Stream<LlamaCppCase> llamaCpp() throws IOException {
        String[] texts = Files.readString(TestData.path(LLAMA_CPP + ".inp")).split("\n__ggml_vocab_test__\n");
        String[] ids = Files.readString(TestData.path(LLAMA_CPP + ".out")).split("\n");
        assertThat(texts.length).isEqualTo(ids.length).isGreaterThan(40);
        return IntStream.range(0, texts.length).mapToObj(i -> new LlamaCppCase(texts[i], parse(ids[i])));
    }

    private static int[] parse(String line) {
        return Stream.of(line.trim().split(" "))
                .filter(word -> !word.isEmpty())
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("llamaCpp")
    @NeedsData(LLAMA_CPP + ".inp")
    void encode_likeLlamaCpp(LlamaCppCase expected) {
        assertThat(tokenizer.encode(expected.text())).isEqualTo(expected.ids());
    }

    @Test
    @NeedsData("reference/meta_llama3_tokenizer.json")
    void encode_likeMeta() {
        List<Object> cases = GoldenFile.list(
                GoldenFile.document("reference/meta_llama3_tokenizer.json").get("cases"));
        assertThat(cases).hasSize(3);
        for (Object item : cases) {
            Map<String, Object> expected = GoldenFile.object(item);
            assertThat(tokenizer.encode(prompt(expected), new EncodeOptions(false, false, true)))
                    .isEqualTo(GoldenFile.ids(expected.get("ids")));
        }
    }

    private static String prompt(Map<String, Object> expected) {
        if (expected.containsKey("text")) {
            return "<|begin_of_text|>" + expected.get("text") + "<|end_of_text|>";
        }
        if (expected.containsKey("message")) {
            return message(GoldenFile.list(expected.get("message")));
        }
        List<String> messages = new ArrayList<>();
        GoldenFile.list(expected.get("dialog")).forEach(item -> messages.add(message(GoldenFile.list(item))));
        return "<|begin_of_text|>" + String.join("", messages) + "<|start_header_id|>assistant<|end_header_id|>\n\n";
    }

    private static String message(List<Object> roleAndText) {
        return "<|start_header_id|>" + roleAndText.getFirst() + "<|end_header_id|>\n\n" + roleAndText.getLast()
                + "<|eot_id|>";
    }
}
