package io.github.hanllama.core.checkpoint.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import io.github.hanllama.tokenizer.GgufVocabulary;
import io.github.hanllama.tokenizer.Tokenizer;
import io.github.hanllama.tokenizer.Tokenizers;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A vocabulary that llama.cpp wrote, against the ids that it recorded and the file it was made of. */
@NeedsData({"reference/llama.cpp/ggml-vocab-llama-spm.gguf", "tokenizers/llama_tokenizer.model"})
class GgufTokensTest {
    private static final String FILE = "reference/llama.cpp/ggml-vocab-llama-spm.gguf";

    private static Tokenizer tokenizer;

    @BeforeAll
    static void read() throws IOException {
        MemorySegment bytes = MemorySegment.ofArray(Files.readAllBytes(TestData.path(FILE)));
        GgufMetadata metadata = GgufContents.read(FILE, bytes).metadata();
        tokenizer = GgufTokens.tokenizer(metadata, 32000).orElseThrow();
    }

    @Test
    void vocabulary_isThatOfTheTokenizerModel() {
        GgufVocabulary expected = GgufVocabulary.of(Tokenizers.load(TestData.path("tokenizers/llama_tokenizer.model")));
        assertThat(GgufVocabulary.of(tokenizer)).isEqualTo(expected);
    }

    @Test
    void encode_likeLlamaCpp() throws IOException {
        String[] texts = Files.readString(TestData.path(FILE + ".inp")).split("\n__ggml_vocab_test__\n");
        String[] ids = Files.readString(TestData.path(FILE + ".out")).split("\n");
        assertThat(texts.length).isEqualTo(ids.length).isGreaterThan(40);
        IntStream.range(0, texts.length)
                .forEach(i -> assertThat(tokenizer.encode(texts[i])).isEqualTo(parse(ids[i])));
    }

    private static int[] parse(String line) {
        return Stream.of(line.trim().split(" "))
                .filter(word -> !word.isEmpty())
                .mapToInt(Integer::parseInt)
                .toArray();
    }
}
