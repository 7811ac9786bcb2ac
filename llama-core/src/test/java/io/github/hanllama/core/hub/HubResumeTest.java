package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.FakeHub;
import io.github.hanllama.testdata.FakeHub.Fault;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is left over from before, and hubs that answer a resume with something else, or late. */
@Timeout(30)
class HubResumeTest extends HubTestCase {
    @Test
    void hu5_rangeAnsweredByAll_startsAgain() {
        hub.storageFault(1, hub.cut(WEIGHTS, 100_000));
        hub.storageFault(2, FakeHub.body(200, "application/octet-stream", weights));

        assertPullEndsRight();
        assertThat(hub.downloads()).hasSize(3);
    }

    @Test
    void hu5_partsAnsweredByAll_areFetchedAsOne() {
        hub.storageFault(99, FakeHub.body(200, "application/octet-stream", weights));

        HubSnapshot snapshot =
                pull(source(options().transfer(options().transfer().partBytes(50_000))));

        assertThat(read(snapshot.path(WEIGHTS))).isEqualTo(weights);
    }

    @Test
    void hu5_rangeAnsweredByAnotherRange_isRefused() {
        hub.storageFault(1, hub.cut(WEIGHTS, 100_000));
        hub.storageFault(1, call -> {
            call.header("Content-Range", "bytes 99999-" + (SIZE - 1) + "/" + SIZE);
            call.begin(206, SIZE - 99_999);
            call.write(weights, 99_999, SIZE - 99_999);
            return true;
        });

        assertRefused("expected Content-Range: bytes 100000-300006/300007 from 127.0.0.1, found bytes 99999-300006");
    }

    @Test
    void hu5_rangeThatDoesNotExist_startsAgain() {
        hub.storageFault(1, hub.cut(WEIGHTS, 100_000));
        hub.storageFault(1, FakeHub.status(416, "Content-Range", "bytes */300007"));

        assertPullEndsRight();
        assertThat(hub.downloads().getLast().has("Range")).isFalse();
    }

    @Test
    void hu5_emptyRanges_end() {
        hub.storageFault(1, hub.cut(WEIGHTS, 100_000));
        hub.storageFault(99, FakeHub.status(206, "Content-Range", "bytes 100000-300006/300007"));

        assertRefused("the server sent 100000 bytes of 300007");
    }

    @Test
    void hu6_otherEtagOnResume_startsAgain() {
        hub.storageFault(1, hub.cut(WEIGHTS, 100_000));
        hub.storageFault(1, call -> {
            assertThat(call.asked("If-Range")).isNotEmpty();
            call.header("ETag", "\"changed\"");
            return hub.send(call, weights); // which the condition keeps from being a range
        });

        assertPullEndsRight();
    }

    @Test
    void hu6_otherEtagWithARange_startsAgain() {
        hub.storageFault(1, hub.cut(WEIGHTS, 100_000));
        hub.storageFault(1, call -> {
            call.forget("If-Range");
            call.header("ETag", "\"changed\"");
            return hub.send(call, weights);
        });

        assertPullEndsRight();
        assertThat(hub.downloads()).hasSize(3);
    }

    @Test
    void hu14_stall_goesOnOverAnotherConnection() {
        hub.storageFault(1, slow(100_000, 10_000));

        HubSnapshot snapshot =
                pull(source(options().transfer(options().transfer().stallTimeout(Duration.ofMillis(300)))));

        assertThat(read(snapshot.path(WEIGHTS))).isEqualTo(weights);
        assertThat(hub.downloads().getLast().header("Range")).startsWith("bytes=100000-");
    }

    @Test
    void hu14_drip_isAStall() {
        hub.storageFault(1, call -> {
            call.begin(200, SIZE);
            for (int i = 0; i < 100; i++) {
                call.write(weights, i, 1);
                call.flush();
                sleep(20);
            }
            return true;
        });

        HubSnapshot snapshot =
                pull(source(options().transfer(options().transfer().stallTimeout(Duration.ofMillis(200)))));

        assertThat(read(snapshot.path(WEIGHTS))).isEqualTo(weights);
        assertThat(hub.downloads()).hasSize(2);
    }

    @Test
    void hu14_noAnswer_isAskedAgain() {
        hub.hubFault("GET", "/revision/", 1, call -> {
            sleep(2000);
            return false;
        });

        HubSnapshot snapshot =
                pull(source(options().transfer(options().transfer().headerTimeout(Duration.ofMillis(300)))));

        assertThat(snapshot.commit()).isEqualTo(FakeHub.COMMIT);
    }

    private Fault slow(int bytes, int millis) {
        return call -> {
            call.header("ETag", "\"at-" + hub.content(WEIGHTS).etag() + "\"");
            call.begin(200, SIZE);
            call.write(weights, 0, bytes);
            call.flush();
            sleep(millis);
            return true;
        };
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the server is closed
        }
    }
}
