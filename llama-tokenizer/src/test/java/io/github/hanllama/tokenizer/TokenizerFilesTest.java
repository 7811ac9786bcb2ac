package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Published byte-pair files open with the size their publishers state, or are refused by name. */
@NeedsData("tokenizers/fixtures")
class TokenizerFilesTest {
    @ParameterizedTest
    @CsvSource({
        "llama3_tokenizer.model, 128256",
        "llama_tokenizer_hf_newmerges.json, 32000",
        "llama_tokenizer_hf_oldmerges.json, 32000",
        "minimind_tokenizer.json, 6400",
        "fixtures/torchtune_tiktoken_small.model, 2256",
    })
    void load_opens(String file, int size) {
        Tokenizer tokenizer = SharedTokenizers.of("tokenizers/" + file);
        assertThat(tokenizer.vocabularySize()).isEqualTo(size);
        assertThat(tokenizer.decode(tokenizer.encode("白日依山尽, it's 2024!"))).isEqualTo("白日依山尽, it's 2024!");
    }

    @ParameterizedTest
    @CsvSource({
        "chinese_llama2_tokenizer_config.json, unknown section",
        "minimind_tokenizer_config.json, unknown section",
    })
    void load_isNoTokenizer(String file, String message) {
        assertThatThrownBy(() -> Tokenizers.load(TestData.path("tokenizers/" + file)))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining(message);
    }
}
