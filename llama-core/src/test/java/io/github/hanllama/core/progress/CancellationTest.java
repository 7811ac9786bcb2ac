package io.github.hanllama.core.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class CancellationTest {
    @Test
    void child_parentThrown_isThrown() {
        Cancellation parent = new Cancellation();
        Cancellation child = parent.child(Optional.empty());
        assertThat(child.isCancelled()).isFalse();
        parent.cancel();
        assertThat(child.isCancelled()).isTrue();
        assertThatThrownBy(child::throwIfCancelled).isInstanceOf(CancellationException.class);
    }

    @Test
    void child_thrown_leavesParentAlone() {
        Cancellation parent = new Cancellation();
        Cancellation child = parent.child(Optional.empty());
        child.cancel();
        assertThat(child.isCancelled()).isTrue();
        assertThat(parent.isCancelled()).isFalse();
    }

    @Test
    void child_timeOver_isThrown() throws InterruptedException {
        Cancellation child = new Cancellation().child(Optional.of(Duration.ofMillis(20)));
        Thread.sleep(30);
        assertThat(child.isCancelled()).isTrue();
    }

    @Test
    void child_endlessTime_isNotThrown() {
        assertThat(new Cancellation()
                        .child(Optional.of(Duration.ofSeconds(Long.MAX_VALUE)))
                        .isCancelled())
                .isFalse();
    }
}
