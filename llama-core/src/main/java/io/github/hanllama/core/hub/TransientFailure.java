package io.github.hanllama.core.hub;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** What may go better next time: no connection, a response cut short, a busy server. */
final class TransientFailure extends IOException {
    private static final long serialVersionUID = 1;

    private final transient Optional<Duration> retryAfter;

    TransientFailure(String message, Optional<Duration> retryAfter) {
        super(message);
        this.retryAfter = retryAfter;
    }

    /** When the server says it is worth trying again. */
    Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
