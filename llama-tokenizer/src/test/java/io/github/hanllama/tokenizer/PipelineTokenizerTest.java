package io.github.hanllama.tokenizer;

import io.github.hanllama.testdata.NeedsData;
import org.junit.jupiter.api.Nested;

/** The contract for tiktoken and the two usual forms of {@code tokenizer.json}. */
class PipelineTokenizerTest {
    @Nested
    class ByteLevel extends TokenizerContract {
        @Override
        Tokenizer tokenizer() {
            return SharedTokenizers.of(SharedTokenizers.BYTE_LEVEL);
        }
    }

    @Nested
    class Normalized extends TokenizerContract {
        @Override
        Tokenizer tokenizer() {
            return SharedTokenizers.of(SharedTokenizers.NORMALIZED);
        }
    }

    @Nested
    @NeedsData(SharedTokenizers.LLAMA_3)
    class Llama3 extends TokenizerContract {
        @Override
        Tokenizer tokenizer() {
            return SharedTokenizers.of(SharedTokenizers.LLAMA_3);
        }
    }
}
