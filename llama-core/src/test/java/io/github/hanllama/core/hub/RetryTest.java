package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.progress.Cancellation;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RetryTest {
    private final Logger log = Logger.getLogger(TransferOptions.WAITS);
    private final Cancellation cancellation = new Cancellation();
    private final List<String> said = new ArrayList<>();
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            said.add(entry.getMessage());
            cancellation.cancel(); // nobody waits for what follows
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        log.addHandler(listener);
        log.setUseParentHandlers(false);
    }

    @AfterEach
    void stopListening() {
        log.removeHandler(listener);
        log.setUseParentHandlers(true);
    }

    @Test
    void run_shortPauses_areSilent() throws IOException {
        List<IOException> failures = new ArrayList<>(List.of(new IOException("one"), new IOException("two")));
        Retry retry = retry(Duration.ofMillis(1));

        assertThat(retry.run(() -> {
                    if (failures.isEmpty()) {
                        return "done";
                    }
                    throw failures.removeFirst();
                }))
                .isEqualTo("done");
        assertThat(said).isEmpty();
    }

    @Test
    void run_longPause_isSaid() {
        assertThatThrownBy(() -> retry(Duration.ofSeconds(4)).run(() -> {
                    throw new IOException("hub.example cannot be reached");
                }))
                .isInstanceOf(CancellationException.class);
        assertThat(said).containsExactly("hub.example cannot be reached; trying again in 4 seconds");
    }

    @Test
    void run_failureWithoutMessage_isSaidByItsName() {
        assertThatThrownBy(() -> retry(Duration.ofSeconds(4)).run(() -> {
                    throw new EOFException();
                }))
                .isInstanceOf(CancellationException.class);
        assertThat(said).containsExactly("java.io.EOFException; trying again in 4 seconds");
    }

    @Test
    void run_pauseThatTheServerWishes_isSaid() {
        assertThatThrownBy(() -> retry(Duration.ofMillis(1)).run(() -> {
                    throw new TransientFailure("the hub is busy", Optional.of(Duration.ofMinutes(2)));
                }))
                .isInstanceOf(CancellationException.class);
        assertThat(said).containsExactly("the hub is busy; trying again in 120 seconds");
    }

    @Test
    void run_wishPastAllPatience_fails() {
        assertThatThrownBy(() -> retry(Duration.ofMillis(1)).run(() -> {
                    throw new TransientFailure("the hub is busy", Optional.of(Duration.ofHours(1)));
                }))
                .isInstanceOf(HubException.class)
                .hasMessage("the hub is busy; it asks to come back in 60 minutes");
    }

    private Retry retry(Duration backoff) {
        return new Retry(TransferOptions.DEFAULT.backoff(backoff), cancellation);
    }
}
