package io.github.hanllama.core.error;

/** A file is damaged, hostile or not what its name says: fetch it again. */
public final class ModelFormatException extends LlamaException {
    public ModelFormatException(String message) {
        super(message);
    }

    public ModelFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
