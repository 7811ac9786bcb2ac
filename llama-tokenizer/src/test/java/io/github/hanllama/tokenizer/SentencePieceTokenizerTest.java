package io.github.hanllama.tokenizer;

import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import org.junit.jupiter.api.Nested;

/** The contract for the vocabularies of the family. */
class SentencePieceTokenizerTest {
    @Nested
    class Tiny512 extends TokenizerContract {
        private static final Tokenizer TOKENIZER = Tokenizers.load(TestData.path("synthetic/tokenizers/tok512.model"));

        @Override
        Tokenizer tokenizer() {
            return TOKENIZER;
        }
    }

    @Nested
    @NeedsData("tokenizers/llama_tokenizer.model")
    class Llama extends TokenizerContract {
        private static Tokenizer tokenizer;

        @Override
        Tokenizer tokenizer() {
            if (tokenizer == null) {
                tokenizer = Tokenizers.load(TestData.path("tokenizers/llama_tokenizer.model"));
            }
            return tokenizer;
        }
    }

    @Nested
    @NeedsData("tokenizers/chinese_llama2_55296.model")
    class ChineseLlama2 extends TokenizerContract {
        private static Tokenizer tokenizer;

        @Override
        Tokenizer tokenizer() {
            if (tokenizer == null) {
                tokenizer = Tokenizers.load(TestData.path("tokenizers/chinese_llama2_55296.model"));
            }
            return tokenizer;
        }
    }
}
