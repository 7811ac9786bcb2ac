package io.github.hanllama.tokenizer;

import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import org.junit.jupiter.api.Nested;

/** The contract for tiktoken and the two usual forms of {@code tokenizer.json}. */
class PipelineTokenizerTest {
    @Nested
    class ByteLevel extends TokenizerContract {
        private static final Tokenizer TOKENIZER = Tokenizers.load(TestData.path("tokenizer_json/byte_level.json"));

        @Override
        Tokenizer tokenizer() {
            return TOKENIZER;
        }

        @Override
        boolean readsMarkAsSpace() {
            return false;
        }
    }

    @Nested
    class Normalized extends TokenizerContract {
        private static final Tokenizer TOKENIZER = Tokenizers.load(TestData.path("tokenizer_json/normalized.json"));

        @Override
        Tokenizer tokenizer() {
            return TOKENIZER;
        }
    }

    @Nested
    @NeedsData("tokenizers/llama3_tokenizer.model")
    class Llama3 extends TokenizerContract {
        private static Tokenizer tokenizer;

        @Override
        Tokenizer tokenizer() {
            if (tokenizer == null) {
                tokenizer = Tokenizers.load(TestData.path("tokenizers/llama3_tokenizer.model"));
            }
            return tokenizer;
        }

        @Override
        boolean readsMarkAsSpace() {
            return false;
        }
    }
}
