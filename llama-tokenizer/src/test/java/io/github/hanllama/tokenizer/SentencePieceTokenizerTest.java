package io.github.hanllama.tokenizer;

import io.github.hanllama.testdata.NeedsData;
import org.junit.jupiter.api.Nested;

/** The contract for the vocabularies of the family. */
class SentencePieceTokenizerTest {
    @Nested
    class Synthetic extends TokenizerContract {
        @Override
        Tokenizer tokenizer() {
            return SharedTokenizers.of(SharedTokenizers.SYNTHETIC);
        }
    }

    @Nested
    @NeedsData(SharedTokenizers.LLAMA)
    class Llama extends TokenizerContract {
        @Override
        Tokenizer tokenizer() {
            return SharedTokenizers.of(SharedTokenizers.LLAMA);
        }
    }

    @Nested
    @NeedsData(SharedTokenizers.CHINESE_LLAMA_2)
    class ChineseLlama2 extends TokenizerContract {
        @Override
        Tokenizer tokenizer() {
            return SharedTokenizers.of(SharedTokenizers.CHINESE_LLAMA_2);
        }
    }
}
