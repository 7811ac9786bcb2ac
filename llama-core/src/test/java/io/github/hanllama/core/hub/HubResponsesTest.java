package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.testdata.FakeHub;
import io.github.hanllama.testdata.FakeHub.Fault;
import io.github.hanllama.testdata.HubCall;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A hub that does not behave. Whatever it sends, only the right content gets its name in the cache. */
@Timeout(30)
class HubResponsesTest extends HubTestCase {
    private static final String PAGE = "<!DOCTYPE html><title>Log in</title>";

    private void assertPullEndsRight() {
        assertThat(read(pull().path(WEIGHTS))).isEqualTo(weights);
        assertThat(cached()).noneMatch(name -> name.contains(".hanllama"));
    }

    private void assertRefused(String message) {
        assertRefused(this::pull, message);
    }

    private void assertRefused(ThrowingCallable pull, String message) {
        assertThatThrownBy(pull).isInstanceOf(LlamaException.class).hasMessageContaining(message);
        assertThat(blob(WEIGHTS)).doesNotExist();
        assertThat(pointer(WEIGHTS)).doesNotExist();
    }

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

    static Stream<Arguments> hu3_cutAtEveryTenth() {
        return IntStream.range(0, 10).mapToObj(tenth -> Arguments.of(SIZE * tenth / 10));
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

    private static Fault chunked(byte[] bytes) {
        return call -> {
            call.begin(200, 0);
            int from = Math.min(call.from(), bytes.length);
            call.write(bytes, from, bytes.length - from);
            return true;
        };
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

    private byte[] flipped() {
        byte[] bytes = weights.clone();
        bytes[SIZE / 2] ^= 1;
        return bytes;
    }

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

    @Test
    void hu8_redirectLoop() {
        hub.hubFault(
                "HEAD", WEIGHTS, 99, call -> FakeHub.redirect(call, call.uri().toString()));

        assertRefused("more than 20 redirects");
        assertThat(hub.seen().stream()
                        .filter(seen ->
                                seen.method().equals("HEAD") && seen.path().contains(WEIGHTS)))
                .hasSize(21);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    file:///etc/passwd         | file://null: refused, expected a http or https address
                    ftp://127.0.0.1/model      | ftp://127.0.0.1: refused, expected a http or https address
                    javascript:alert(1)        | refused, expected a http or https address
                    http://                    | a redirect without a usable Location header
                    ''                         | a redirect without a usable Location header
                    """)
    void hu8_redirectTo(String location, String message) {
        hub.hubFault("GET", WEIGHTS, 1, call -> FakeHub.redirect(call, location));

        assertRefused(message);
    }

    @Test
    void hu8_relativeRedirect_isFollowed() {
        hub.hubFault("HEAD", CONFIG, 1, call -> {
            call.header("Location", call.uri() + "?moved");
            call.begin(307, -1);
            return true;
        });

        assertPullEndsRight();
    }

    @Test
    void hu9_tokenIsNotShownToAnotherHost() {
        HubOptions options = options().token(HubToken.of("hf_secret")).tokenToMirror(true);

        pull(source(options));

        assertThat(hub.seen().stream().filter(seen -> seen.server().equals("hub")))
                .isNotEmpty()
                .allMatch(seen -> seen.header("Authorization").equals("Bearer hf_secret"));
        assertThat(hub.downloads()).isNotEmpty().noneMatch(seen -> seen.has("Authorization"));
    }

    @Test
    void hu9_tokenIsNotShownToAMirror_unlessSaid() {
        pull(source(options().token(HubToken.of("hf_secret"))));

        assertThat(hub.seen()).noneMatch(seen -> seen.has("Authorization"));
    }

    @Test
    void hu9_challengeOfAnotherRealm_isNotAnswered() {
        hub.storageFault(1, FakeHub.status(401, "WWW-Authenticate", "Basic realm=\"elsewhere\""));
        HubOptions options = options().token(HubToken.of("hf_secret")).tokenToMirror(true);

        assertRefused(() -> pull(source(options)), "HTTP 401");
        assertThat(hub.downloads()).hasSize(1).noneMatch(seen -> seen.has("Authorization"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../model.safetensors",
                "a/../../model.safetensors",
                "/etc/model.safetensors",
                "C:/model.safetensors",
                "D:model.safetensors",
                "\\\\\\\\server\\\\share\\\\model.safetensors",
                "..\\\\model.safetensors",
                "\\\\model.safetensors",
                "a\\u0000/model.safetensors"
            })
    void hu10_namesThatEscape(String name) {
        hub.hubFault(
                "GET",
                "/tree/",
                1,
                call -> FakeHub.json(
                        call, "[" + FakeHub.entry(name, hub.content(WEIGHTS).etag(), SIZE, true) + "]"));

        assertRefused("names a file outside its own folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"con.safetensors", "aux.json", "NUL", "model.safetensors.", "ab:c.safetensors", "LONG"})
    void hu10_namesThatNotEverySystemHas(String name) {
        String path = name.equals("LONG") ? "a".repeat(5000) + ".safetensors" : name;
        hub.hubFault(
                "GET",
                "/tree/",
                1,
                call -> FakeHub.json(
                        call,
                        "[" + FakeHub.entry(path, hub.content(WEIGHTS).etag(), SIZE, true) + ","
                                + FakeHub.entry(CONFIG, hub.content(CONFIG).etag(), config.length, false) + "]"));

        assertThat(pull().names()).containsExactly(CONFIG);
        assertThat(repo().resolve("trees")).doesNotExist(); // it would hide the file from Python's client
    }

    @Test
    void hu10_twins() {
        assertThat(RepoPaths.twins(java.util.List.of("Model.bin", "a.json", "model.bin")))
                .hasValue("Model.bin and model.bin");
        assertThat(RepoPaths.twins(java.util.List.of("caf\u00e9", "cafe\u0301")))
                .isPresent();
        assertThat(RepoPaths.twins(java.util.List.of("a", "b"))).isEmpty();
    }

    @Test
    void hu11_pagesInACircle() {
        hub.hubFault("GET", "/tree/", 99, call -> {
            call.header("Link", "<" + hub.endpoint() + call.uri() + ">; rel=\"next\"");
            return FakeHub.json(call, "[]");
        });

        assertRefused("the list of files does not end");
    }

    @Test
    void hu11_pagesWithoutEnd() {
        AtomicInteger page = new AtomicInteger();
        hub.hubFault("GET", "/tree/", 999, call -> {
            String next = call.uri().getPath() + "?page=" + page.incrementAndGet();
            call.header("Link", "<" + hub.endpoint() + next + ">; rel=\"next\"");
            return FakeHub.json(call, "[]");
        });

        assertRefused("the list of files does not end; found 201 pages");
    }

    @Test
    void hu11_pagesElsewhere() {
        hub.hubFault("GET", "/tree/", 1, call -> {
            call.header("Link", "<" + hub.storageEndpoint() + "/tree>; rel=\"next\"");
            return FakeHub.json(call, "[]");
        });

        assertRefused("the list of files goes on at another host");
    }

    @Test
    void hu11_severalPages() {
        hub.hubFault("GET", "/tree/", 1, call -> {
            call.header("Link", "</api/models/han/poet/tree/" + FakeHub.COMMIT + "?cursor=2>; rel=\"next\"");
            return FakeHub.json(call, "[]");
        });

        assertPullEndsRight();
    }

    @Test
    void hu11_tooManyFiles() {
        TreeReader tree = new TreeReader(HubId.parse(FakeHub.REPO), FakeHub.COMMIT);
        com.fasterxml.jackson.databind.node.IntNode size = com.fasterxml.jackson.databind.node.IntNode.valueOf(1);
        com.fasterxml.jackson.databind.node.TextNode hash =
                com.fasterxml.jackson.databind.node.TextNode.valueOf("a".repeat(40));

        assertThatThrownBy(() -> {
                    for (int i = 0; i <= 100_000; i++) {
                        tree.add("file-" + i, size, hash);
                    }
                })
                .isInstanceOf(HubException.class)
                .hasMessageContaining("more than 100000 files");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../x", "", "ABCDEF", "LONG", "LINE"})
    void hu12_etagThatIsNoHash(String etag) {
        String value = etag.equals("LONG") ? "a".repeat(1000) : etag.equals("LINE") ? "a".repeat(40) + "\\n" : etag;
        hub.hubFault(
                "GET", "/tree/", 1, call -> FakeHub.json(call, "[" + FakeHub.entry(WEIGHTS, value, SIZE, true) + "]"));

        assertRefused("expected a hash of 40 or 64 hex digits, found");
    }

    @Test
    void hu12_etagOfTheHeadThatIsNoHash() {
        hub.hubFault(
                "HEAD",
                WEIGHTS,
                1,
                FakeHub.status(
                        200, "X-Repo-Commit", FakeHub.COMMIT, "X-Linked-Size", "5", "X-Linked-Etag", "\"../../x\""));

        assertRefused("X-Linked-Etag: expected a hash of 40 or 64 hex digits, found ../../x");
    }

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

    @ParameterizedTest
    @ValueSource(strings = {"", "main", "0123456789abcdef0123456789abcdef01234567\\n", "../../../etc"})
    void hu15_commitOfTheHubThatIsNone(String sha) {
        hub.hubFault("GET", "/revision/", 1, call -> FakeHub.json(call, "{\"sha\":\"" + sha + "\"}"));

        assertRefused("expected a commit of 40 hex digits as sha");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "garbage", "0123456789abcdef0123456789abcdef01234567\n", "../../x"})
    void hu15_refOnDiskThatIsNone_isReplaced(String text) throws IOException {
        pull();
        Path ref = repo().resolve("refs/main");
        Files.writeString(ref, text);

        assertThatThrownBy(() -> pull(source(options().offline(true)))).isInstanceOf(HubException.class);
        assertThat(pull().receivedBytes()).isZero();
        assertThat(ref).hasContent(FakeHub.COMMIT);
    }

    @Test
    void hu16_brokenLink_isHealed() throws IOException {
        pull();
        Files.delete(pointer(WEIGHTS));
        Files.createSymbolicLink(pointer(WEIGHTS), Path.of("../../blobs/nowhere"));
        hub.forget();

        assertPullEndsRight();
        assertThat(hub.downloads()).isEmpty(); // the blob was there
    }

    @Test
    void hu16_circleOfLinks_isHealed() throws IOException {
        pull();
        Files.delete(pointer(WEIGHTS));
        Files.createSymbolicLink(pointer(WEIGHTS), Path.of(WEIGHTS));

        assertPullEndsRight();
    }

    @Test
    void hu16_folderInPlaceOfAFile_isHealed() throws IOException {
        pull();
        Files.delete(pointer(WEIGHTS));
        Files.createDirectory(pointer(WEIGHTS));

        assertPullEndsRight();
    }

    @Test
    void hu16_blobOfAnotherLength_isReplaced_notWrittenTo() throws IOException {
        pull();
        Path copy = folder.resolve("mapped");
        Files.write(blob(WEIGHTS), new byte[] {1, 2, 3});
        Files.createLink(copy, blob(WEIGHTS));

        assertPullEndsRight();
        assertThat(copy).hasBinaryContent(new byte[] {1, 2, 3}); // another process may have it mapped
    }

    @Test
    void hu16_linkOutOfTheCache_isNotFollowed() throws IOException {
        pull();
        Path outside = Files.write(folder.resolve("outside"), flipped());
        Files.delete(blob(WEIGHTS));
        Files.createSymbolicLink(blob(WEIGHTS), outside);

        assertPullEndsRight();
        assertThat(outside).hasBinaryContent(flipped());
    }
}
