package io.github.hanllama.tokenizer;

/**
 * A tokenizer file that cannot be used. The message says what is wrong, where in the file, what was expected and what
 * was found; the caller knows the path and adds it.
 */
public final class TokenizerException extends RuntimeException {
    public TokenizerException(String message) {
        super(message);
    }

    public TokenizerException(String message, Throwable cause) {
        super(message, cause);
    }
}
