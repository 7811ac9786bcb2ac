package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A tokenizer written as files and read from them is the same; what others make of them: {@code tools/check}. */
@Execution(ExecutionMode.CONCURRENT)
class TokenizerFolderTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "synthetic/tokenizers/tok512.model, golden/tiny_512.jsonl",
        "synthetic/tokenizers/merged641_pad.model, golden/tiny_641.jsonl",
        "models/stories260k-hf, golden/tiny_512.jsonl",
        "tokenizer_json/byte_level.json, golden/tiny_641.jsonl"
    })
    void written_isTheSame(String file, String golden) throws IOException {
        Tokenizer inside =
                Tokenizers.of(GgufVocabulary.of(Tokenizers.load(TestData.path(file)))); // as GGUF can hold it
        GgufVocabularyTest.assertSame(inside, rewritten(inside), golden);
    }

    @NeedsData({"tokenizers/chinese_alpaca_49954.model", "golden/llama3_128256.jsonl"})
    @ParameterizedTest
    @CsvSource({
        "tokenizers/llama_tokenizer.model",
        "tokenizers/chinese_alpaca_49954.model",
        "tokenizers/chinese_llama2_55296.model",
        "tokenizers/llama3_tokenizer.model"
    })
    void published_isTheSame(String file) throws IOException {
        Tokenizer tokenizer = SharedTokenizers.of(file);
        GgufVocabularyTest.assertSame(tokenizer, rewritten(tokenizer), "golden/llama3_128256.jsonl");
    }

    @Test
    void chatTemplate_isInTheConfiguration() throws IOException {
        write(Tokenizers.load(TestData.path("synthetic/tokenizers/tok512.model")), Optional.of("{{ messages }}"));
        assertThat(Tokenizers.chatTemplates(folder)).isEqualTo(Map.of("default", "{{ messages }}"));
    }

    private Tokenizer rewritten(Tokenizer tokenizer) throws IOException {
        write(tokenizer, Optional.empty());
        return Tokenizers.load(folder);
    }

    private void write(Tokenizer tokenizer, Optional<String> template) throws IOException {
        for (Map.Entry<String, byte[]> file :
                TokenizerFolder.files(GgufVocabulary.of(tokenizer), template).entrySet()) {
            Files.write(folder.resolve(file.getKey()), file.getValue());
        }
    }
}
