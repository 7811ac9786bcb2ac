package io.github.hanllama.tokenizer;

import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import org.junit.jupiter.api.Nested;

/** The contract for tiktoken and the forms of {@code tokenizer.json}. */
class PipelineTokenizerTest {
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

    @Nested
    @NeedsData("tokenizers/llama_tokenizer_hf_newmerges.json")
    class LlamaJson extends TokenizerContract {
        private static Tokenizer tokenizer;

        @Override
        Tokenizer tokenizer() {
            if (tokenizer == null) {
                tokenizer = Tokenizers.load(TestData.path("tokenizers/llama_tokenizer_hf_newmerges.json"));
            }
            return tokenizer;
        }
    }

    @Nested
    @NeedsData("tokenizers/minimind_tokenizer.json")
    class Minimind extends TokenizerContract {
        private static Tokenizer tokenizer;

        @Override
        Tokenizer tokenizer() {
            if (tokenizer == null) {
                tokenizer = Tokenizers.load(TestData.path("tokenizers/minimind_tokenizer.json"));
            }
            return tokenizer;
        }

        @Override
        boolean readsMarkAsSpace() {
            return false;
        }
    }
}
