package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.testdata.FakeHub;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Refusals, and whether to ask again. */
@Timeout(30)
class HubRefusalsTest extends HubTestCase {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    403 | GatedRepo        |            | access is restricted; ask for it on the model's page
                    401 | GatedRepo        |            | access is restricted
                    401 | RepoNotFound     |            | no such repository, or a private one, or a gated one
                    401 |                  | Unknown    | no such repository, or a private one, or a gated one
                    401 |                  | Invalid credentials in Authorization header | the token is not valid
                    403 |                  | Access to this resource is disabled. | the hub has disabled this repository
                    403 |                  | IP blocked | not allowed (HTTP 403, IP blocked)
                    404 | RepoNotFound     |            | no such repository
                    404 | RevisionNotFound |            | no such branch, tag or commit
                    404 | EntryNotFound    |            | no such file in the repository
                    404 |                  |            | not found (HTTP 404) (request id Root=1-fake)
                    400 |                  | bad thing  | the hub answered (HTTP 400, bad thing)
                    410 |                  |            | the hub answered (HTTP 410)
                    """)
    void hu13_refusals(int status, String code, String said, String message) {
        hub.hubFault(
                "GET",
                "/revision/",
                1,
                call -> FakeHub.error(call, status, code == null ? "" : code, said == null ? "" : said));

        assertRefused(message);
        assertThat(hub.seen()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503, 504})
    void hu13_busyHub_isAskedAgain(int status) {
        hub.hubFault("GET", "/revision/", 2, FakeHub.status(status));
        hub.hubFault("HEAD", WEIGHTS, 2, FakeHub.status(status));
        hub.storageFault(2, FakeHub.status(status));

        assertPullEndsRight();
        assertThat(hub.downloads()).hasSize(3);
    }

    @Test
    void hu13_busyHub_isNotAskedForever() {
        hub.storageFault(99, FakeHub.status(503));

        assertRefused("the hub is busy (HTTP 503)");
        assertThat(hub.downloads()).hasSize(4);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Retry-After | 1
            RateLimit   | "api";r=0;t=0
            """)
    void hu13_tooManyRequests_waitsAsLongAsAsked(String header, String value) {
        hub.hubFault("GET", "/revision/", 1, FakeHub.status(429, header, value));
        long start = System.nanoTime();

        assertPullEndsRight();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(990));
    }

    @Test
    void hu13_tooManyRequests_doesNotWaitForHours() {
        hub.hubFault("GET", "/revision/", 1, FakeHub.status(429, "Retry-After", "7200"));

        assertRefused("it asks to come back in 120 minutes");
    }

    @Test
    void hu13_errorBody_isQuotedOnOneLine() {
        hub.hubFault(
                "GET",
                "/revision/",
                1,
                FakeHub.body(
                        400, "application/json", "{\"error\":\"first\\nsecond\"}".getBytes(StandardCharsets.UTF_8)));

        assertRefused("(HTTP 400, first second)");
    }

    @Test
    void hu13_missingFile_isModelNotFound() {
        hub.hubFault("HEAD", WEIGHTS, 1, call -> FakeHub.error(call, 404, "EntryNotFound", "Entry not found"));

        assertThatThrownBy(this::pull)
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("han/poet/model.safetensors: no such file in the repository");
    }
}
