package io.github.hanllama.core.error;

/** The engine or the machine cannot do it: less memory, another engine, another device. */
public final class BackendException extends LlamaException {
    public BackendException(String message) {
        super(message);
    }

    public BackendException(String message, Throwable cause) {
        super(message, cause);
    }
}
