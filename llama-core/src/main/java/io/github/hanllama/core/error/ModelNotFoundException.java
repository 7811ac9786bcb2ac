package io.github.hanllama.core.error;

/** A file, folder or repository is not there, or cannot be read: correct the path or the permissions. */
public final class ModelNotFoundException extends LlamaException {
    public ModelNotFoundException(String message) {
        super(message);
    }

    public ModelNotFoundException(String message, Throwable cause) {
        super(message, cause);
    }
}
