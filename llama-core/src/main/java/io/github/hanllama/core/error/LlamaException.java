package io.github.hanllama.core.error;

/**
 * What went wrong in the world: a file, a model, a network or a machine. Sealed by what the user does next.
 *
 * <p>The message is one line that says what, where (file, tensor, offset), what was expected, what was found and what to
 * do. The caller's own mistakes are {@link IllegalArgumentException} and {@link IllegalStateException} instead.
 */
public abstract sealed class LlamaException extends RuntimeException
        permits ModelNotFoundException,
                ModelFormatException,
                UnsupportedModelException,
                AdapterMismatchException,
                HubException,
                BackendException {
    LlamaException(String message) {
        super(message);
    }

    LlamaException(String message, Throwable cause) {
        super(message, cause);
    }
}
