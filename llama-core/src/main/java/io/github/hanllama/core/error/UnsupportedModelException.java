package io.github.hanllama.core.error;

/** A sound model of a kind this library does not run: choose another, or convert it. */
public final class UnsupportedModelException extends LlamaException {
    public UnsupportedModelException(String message) {
        super(message);
    }

    public UnsupportedModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
