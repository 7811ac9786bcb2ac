package io.github.hanllama.core.error;

/** A download failed: check the network, the token or the mirror and try again. */
public final class HubException extends LlamaException {
    public HubException(String message) {
        super(message);
    }

    public HubException(String message, Throwable cause) {
        super(message, cause);
    }
}
