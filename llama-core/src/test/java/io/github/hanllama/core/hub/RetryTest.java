package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.testdata.CapturedLog;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RetryTest {
    private final Cancellation cancellation = new Cancellation();
    private final CapturedLog said =
            new CapturedLog(TransferOptions.WAITS, message -> cancellation.cancel()); // nobody waits for what follows

    @AfterEach
    void stopListening() {
        said.close();
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
        assertThat(said.messages()).isEmpty();
    }

    @Test
    void run_longPause_isSaid() {
        assertThatThrownBy(() -> retry(Duration.ofSeconds(4)).run(() -> {
                    throw new IOException("hub.example cannot be reached");
                }))
                .isInstanceOf(CancellationException.class);
        assertThat(said.messages()).containsExactly("hub.example cannot be reached; trying again in 4 seconds");
    }

    @Test
    void run_failureWithoutMessage_isSaidByItsName() {
        assertThatThrownBy(() -> retry(Duration.ofSeconds(4)).run(() -> {
                    throw new EOFException();
                }))
                .isInstanceOf(CancellationException.class);
        assertThat(said.messages()).containsExactly("java.io.EOFException; trying again in 4 seconds");
    }

    @Test
    void run_pauseThatTheServerWishes_isSaid() {
        assertThatThrownBy(() -> retry(Duration.ofMillis(1)).run(() -> {
                    throw new TransientFailure("the hub is busy", Optional.of(Duration.ofMinutes(2)));
                }))
                .isInstanceOf(CancellationException.class);
        assertThat(said.messages()).containsExactly("the hub is busy; trying again in 120 seconds");
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
