package io.github.hanllama.core.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ThroughputTest {
    private long now = 1_000_000_000_000L;
    private final Throughput throughput = new Throughput(() -> now);

    private void after(long millis, long done, long total) {
        now += millis * 1_000_000;
        throughput.add(new Progress(Progress.Stage.DOWNLOAD, "file", done, total));
    }

    @Test
    void nothing_isNoSpeed() {
        assertThat(throughput.perSecond()).isEmpty();
        after(0, 5, 100);
        assertThat(throughput.perSecond()).isEmpty();
        assertThat(throughput.left()).isEmpty();
    }

    @Test
    void steady() {
        after(0, 0, 1000);
        after(1000, 100, 1000);
        after(1000, 200, 1000);

        assertThat(throughput.perSecond()).hasValue(100);
        assertThat(throughput.left()).hasValue(Duration.ofSeconds(8));
    }

    @Test
    void whatIsLongAgo_doesNotCount() {
        after(0, 0, 10_000);
        after(1000, 5000, 10_000);
        after(20_000, 5010, 10_000);
        after(1000, 5020, 10_000);

        assertThat(throughput.perSecond()).hasValue(10);
    }

    @Test
    void otherWork_beginsAnew() {
        after(0, 0, 1000);
        after(1000, 900, 1000);
        after(1000, 0, 50);

        assertThat(throughput.perSecond()).isEmpty();
    }

    @Test
    void unknownTotal_hasASpeedOnly() {
        after(0, 0, -1);
        after(500, 100, -1);

        assertThat(throughput.perSecond()).hasValue(200);
        assertThat(throughput.left()).isEmpty();
    }

    @Test
    void goingBack_isNoSpeed() {
        after(0, 100, 1000);
        after(1000, 0, 1000);

        assertThat(throughput.perSecond()).hasValue(0);
        assertThat(throughput.left()).isEmpty();
    }
}
