package io.github.hanllama.core.checkpoint.opening;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.hanllama.core.checkpoint.Refusals;
import io.github.hanllama.core.error.ModelFormatException;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VocabularyCheckTest {
    @ParameterizedTest
    @CsvSource({"32000,32000", "32064,32000", "128256,128000", "55296,55296", "49954,49954", "641,640", "50000,49953"})
    void sp11_tokenizerFits(int rows, int tokens) {
        assertThatCode(() -> VocabularyCheck.tokenizer("model", rows, OptionalInt.of(tokens)))
                .doesNotThrowAnyException();
    }

    @Test
    void tokenizer_absent_fits() {
        assertThatCode(() -> VocabularyCheck.tokenizer("model", 7, OptionalInt.empty()))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "512 | 513 | model: the tokenizer has 513 tokens, the embedding 512 rows; use the tokenizer",
                "32000 | 49953 | (49953 is Chinese-LLaMA; 32000 is LLaMA or Llama-2)",
                "49953 | 49954 | (49954 is Chinese-Alpaca, which adds [PAD]; 49953 is Chinese-LLaMA)",
                "49954 | 49953 | (49953 is Chinese-LLaMA; 49954 is Chinese-Alpaca, which adds [PAD])",
                "49952 | 49953 | 49952 is a Chinese-LLaMA whose last row an early merge script lost",
                "55296 | 32000 | (32000 is LLaMA or Llama-2; 55296 is Chinese-LLaMA-2 and Chinese-Alpaca-2)",
                "49953 | 32000 | (32000 is LLaMA or Llama-2; 49953 is Chinese-LLaMA)",
                "55296 | 49954 | 49954 is Chinese-Alpaca"
            })
    void sp11_tokenizerDoesNotFit(int rows, int tokens, String message) {
        assertThat(Refusals.inOneLine(
                        ModelFormatException.class,
                        () -> VocabularyCheck.tokenizer("model", rows, OptionalInt.of(tokens))))
                .contains(message);
    }

    @Test
    void rows_headLostARow() {
        assertThat(Refusals.inOneLine(
                        ModelFormatException.class,
                        () -> VocabularyCheck.rows("model", 49953, 49952, 49953, "config.json")))
                .contains("model.embed_tokens.weight has 49953 rows, lm_head.weight has 49952")
                .contains("whose last row an early merge script lost");
    }

    @Test
    void rows_configDisagrees() {
        assertThat(Refusals.inOneLine(
                        ModelFormatException.class,
                        () -> VocabularyCheck.rows("model", 49954, 49954, 32000, "config.json")))
                .contains("config.json says vocab_size 32000, the weights have 49954 rows")
                .contains("49954 is Chinese-Alpaca");
    }
}
