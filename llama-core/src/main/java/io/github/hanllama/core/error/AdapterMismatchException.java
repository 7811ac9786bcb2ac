package io.github.hanllama.core.error;

/** An adapter and the model it is applied to do not belong together: change the base, the order or the adapter. */
public final class AdapterMismatchException extends LlamaException {
    public AdapterMismatchException(String message) {
        super(message);
    }

    public AdapterMismatchException(String message, Throwable cause) {
        super(message, cause);
    }
}
