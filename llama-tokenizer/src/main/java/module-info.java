import org.jspecify.annotations.NullMarked;

/** Text to token ids and back: SentencePiece BPE, tiktoken and Hugging Face {@code tokenizer.json}, in pure Java. */
@NullMarked
module io.github.hanllama.tokenizer {
    requires static org.jspecify;
    requires com.fasterxml.jackson.core;

    exports io.github.hanllama.tokenizer;
}
