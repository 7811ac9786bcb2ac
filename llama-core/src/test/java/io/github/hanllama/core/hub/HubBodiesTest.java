package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.FakeHub;
import io.github.hanllama.testdata.FakeHub.Fault;
import io.github.hanllama.testdata.HubCall;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are not the file: web pages, other lengths, other bytes, packed ones. Only the right content gets its name. */
@Timeout(30)
class HubBodiesTest extends HubTestCase {
    private static final String PAGE = "<!DOCTYPE html><title>Log in</title>";

    @Test
    void hu1_webPageInPlaceOfWeights() {
        hub.storageFault(1, FakeHub.body(200, "text/html; charset=utf-8", PAGE.getBytes(StandardCharsets.UTF_8)));

        assertRefused("expected the file from 127.0.0.1, found a web page");
    }

    @Test
    void hu1_webPageThatCallsItselfBytes() {
        hub.storageFault(9, FakeHub.body(200, "application/octet-stream", PAGE.getBytes(StandardCharsets.UTF_8)));

        assertRefused("expected " + SIZE + " bytes, as the hub says from 127.0.0.1, found " + PAGE.length());
    }

    @Test
    void hu1_webPageAsLongAsTheWeights() {
        byte[] page = Arrays.copyOf(PAGE.getBytes(StandardCharsets.UTF_8), SIZE);
        hub.storageFault(9, FakeHub.body(200, "application/octet-stream", page));

        assertRefused("it is a web page");
    }

    @Test
    void hu1_webPageInPlaceOfTheList() {
        hub.hubFault("GET", "/tree/", 1, FakeHub.body(200, "text/html", PAGE.getBytes(StandardCharsets.UTF_8)));

        assertRefused("expected JSON, found a web page");
    }

    @ParameterizedTest
    @CsvSource({"X-Repo-Commit", "X-Linked-Etag", "X-Linked-Size"})
    void hu2_headWithout(String header) {
        hub.hubFault("HEAD", WEIGHTS, 1, call -> {
            call.header("X-Repo-Commit", FakeHub.COMMIT);
            call.header("X-Linked-Etag", "\"" + hub.content(WEIGHTS).etag() + "\"");
            call.header("X-Linked-Size", Integer.toString(SIZE));
            call.remove(header);
            return FakeHub.redirect(
                    call, hub.storageEndpoint() + "/" + hub.content(WEIGHTS).etag());
        });

        assertRefused("expected the header " + header);
    }

    @Test
    void hu2_headOfAnotherCommit() {
        hub.hubFault("HEAD", WEIGHTS, 1, FakeHub.status(200, "X-Repo-Commit", "9".repeat(40)));

        assertRefused("expected commit " + FakeHub.COMMIT + " in X-Repo-Commit, found 9999");
    }

    @Test
    void hu2_headOfAnotherFile() {
        hub.hubFault(
                "HEAD",
                WEIGHTS,
                1,
                FakeHub.status(
                        200,
                        "X-Repo-Commit",
                        FakeHub.COMMIT,
                        "X-Linked-Size",
                        "5",
                        "ETag",
                        "W/\"" + "a".repeat(40) + "\""));

        assertRefused("found 5 bytes, aaaa");
    }

    @ParameterizedTest
    @MethodSource
    void hu3_cutAtEveryTenth(int bytes) {
        hub.storageFault(1, hub.cut(WEIGHTS, bytes));

        assertPullEndsRight();
        assertThat(hub.downloads()).hasSize(2);
        assertThat(hub.sent()).isEqualTo(SIZE); // nothing came twice
    }

    @Test
    void hu3_cutAgainAndAgain_goesOnWhileItProgresses() {
        hub.storageFault(20, hub.cut(WEIGHTS, 10_000));

        assertPullEndsRight();
        assertThat(hub.downloads()).hasSize(21);
    }

    @Test
    void hu3_cutAtOnceAlways_givesUp_andGoesOnNextTime() {
        hub.storageFault(1, hub.cut(WEIGHTS, 200_000));
        hub.storageFault(4, hub.cut(WEIGHTS, 0));

        assertRefused("the connection broke");
        hub.forget();
        assertPullEndsRight();
        assertThat(hub.downloads().getFirst().header("Range")).isEqualTo("bytes=200000-" + (SIZE - 1));
        assertThat(hub.downloads().getFirst().header("If-Range"))
                .isEqualTo("\"at-" + hub.content(WEIGHTS).etag() + "\"");
        assertThat(hub.sent()).isEqualTo(SIZE - 200_000);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    void hu3_lengthOtherThanPromised(int more) {
        hub.storageFault(9, FakeHub.body(200, "application/octet-stream", Arrays.copyOf(weights, SIZE + more)));

        assertRefused("expected " + SIZE + " bytes, as the hub says from 127.0.0.1, found " + (SIZE + more));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    void hu3_lengthOtherThanPromised_unannounced(int more) {
        hub.storageFault(9, chunked(Arrays.copyOf(weights, SIZE + more)));

        assertRefused(more > 0 ? "more than those" : "given up after 3 new starts");
    }

    @Test
    void hu4_otherBytesOnce_areFetchedAgain() {
        hub.storageFault(1, FakeHub.body(200, "application/octet-stream", flipped()));

        assertPullEndsRight();
        assertThat(hub.downloads()).hasSize(2);
        assertThat(hub.downloads().getLast().has("Range")).isFalse();
    }

    @Test
    void hu4_otherBytesAlways_areRefused() {
        hub.storageFault(9, FakeHub.body(200, "application/octet-stream", flipped()));

        assertRefused("expected SHA-256 " + hub.content(WEIGHTS).etag() + ", found ");
        assertThat(hub.downloads()).hasSize(2);
        assertThat(cached()).noneMatch(name -> name.contains(".part"));
    }

    @Test
    void hu4_otherBytesOfASmallFile_areRefused() {
        byte[] other = config.clone();
        other[3] ^= 1;
        hub.hubFault("GET", CONFIG, 9, FakeHub.body(200, "application/json", other));

        assertRefused(
                () -> pull(source().files(CONFIG)),
                "expected git SHA-1 " + hub.content(CONFIG).etag());
        assertThat(blob(CONFIG)).doesNotExist();
    }

    @Test
    void hu7_packedBody_isRefused() {
        hub.storageFault(1, call -> {
            call.header("Content-Encoding", "gzip");
            return hub.send(call, weights);
        });

        assertRefused("expected the file as it is from 127.0.0.1, found one packed by gzip");
        assertThat(hub.downloads().getFirst().header("Accept-Encoding")).isEqualTo("identity");
    }

    @Test
    void hu7_packedDocument_isNotUnpacked() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(new byte[32 << 20]);
        }
        hub.hubFault("GET", "/tree/", 1, call -> {
            call.header("Content-Encoding", "gzip");
            return FakeHub.body(200, "application/json", packed.toByteArray()).answer(call);
        });

        assertRefused("expected a plain answer, found one in gzip");
    }

    @Test
    void hu7_documentWithoutEnd_isRefused() {
        hub.hubFault("GET", "/tree/", 1, endless());

        assertRefused("found more than 16777216 bytes");
    }

    @Test
    void hu7_errorWithoutEnd_isNotRead() {
        hub.hubFault("GET", "/revision/", 1, call -> {
            call.begin(404, 0);
            return write(call);
        });

        assertRefused("not found (HTTP 404)");
    }

    static Stream<Arguments> hu3_cutAtEveryTenth() {
        return IntStream.range(0, 10).mapToObj(tenth -> Arguments.of(SIZE * tenth / 10));
    }

    private static Fault chunked(byte[] bytes) {
        return call -> {
            call.begin(200, 0);
            int from = Math.min(call.from(), bytes.length);
            call.write(bytes, from, bytes.length - from);
            return true;
        };
    }

    private static Fault endless() {
        return call -> {
            call.begin(200, 0);
            return write(call);
        };
    }

    private static boolean write(HubCall call) {
        byte[] spaces = new byte[1 << 16];
        Arrays.fill(spaces, (byte) ' ');
        try {
            for (int i = 0; i < 1024; i++) {
                call.write(spaces);
            }
        } catch (IOException e) {
            return true; // who was to read it has gone
        }
        return true;
    }
}
