package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.testdata.FakeHub;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;

/** Stopping, running out of room, many at once, and the other hub. */
@Timeout(60)
class DownloadControlTest extends HubTestCase {
    @Test
    void cancelled_stops_andGoesOnNextTime() {
        Cancellation cancellation = new Cancellation();
        ProgressListener canceller = progress -> {
            if (progress.done() > SIZE / 2) {
                cancellation.cancel();
            }
        };

        assertThatThrownBy(() -> source().resolve(canceller, cancellation)).isInstanceOf(CancellationException.class);
        assertThat(blob(WEIGHTS)).doesNotExist();

        HubSnapshot snapshot = pull();
        assertThat(read(snapshot.path(WEIGHTS))).isEqualTo(weights);
        assertThat(snapshot.receivedBytes()).isLessThan(SIZE);
    }

    @Test
    void interrupted_stops_andKeepsTheFlag() throws InterruptedException {
        hub.storageFault(1, call -> {
            call.begin(200, SIZE);
            call.write(weights, 0, 1000);
            call.flush();
            sleep(20_000);
            return true;
        });
        List<Throwable> thrown = new ArrayList<>();
        List<Boolean> flag = new ArrayList<>();
        Thread thread = Thread.startVirtualThread(() -> {
            try {
                pull();
            } catch (RuntimeException e) {
                thrown.add(e);
                flag.add(Thread.currentThread().isInterrupted());
            }
        });
        while (hub.downloads().isEmpty()) {
            Thread.sleep(5);
        }
        thread.interrupt();
        thread.join();

        assertThat(thrown).hasSize(1).first().isInstanceOf(CancellationException.class);
        assertThat(flag).containsExactly(true);
        assertThat(read(pull().path(WEIGHTS))).isEqualTo(weights);
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the server is closed
        }
    }

    @Test
    void listenerThatThrows_isHeard() {
        assertThatThrownBy(() -> source().resolve(
                                progress -> {
                                    throw new IllegalStateException("enough");
                                },
                                new Cancellation()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("enough");
    }

    @Test
    void moreThanTheDiskHolds_isRefusedBeforeABodyIsAskedFor() {
        long size = 1L << 55;
        hub.hubFault(
                "GET",
                "/tree/",
                1,
                call -> FakeHub.json(
                        call, "[" + FakeHub.entry(WEIGHTS, hub.content(WEIGHTS).etag(), size, true) + "]"));
        hub.hubFault(
                "HEAD",
                WEIGHTS,
                1,
                FakeHub.status(
                        302,
                        "Location",
                        hub.storageEndpoint() + "/x",
                        "X-Repo-Commit",
                        FakeHub.COMMIT,
                        "X-Linked-Etag",
                        "\"" + hub.content(WEIGHTS).etag() + "\"",
                        "X-Linked-Size",
                        Long.toString(size)));

        assertThatThrownBy(this::pull)
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("is full: expected ")
                .hasMessageContaining("cache prune");
        assertThat(hub.downloads()).isEmpty();
    }

    @Test
    @EnabledIf("hasFullDevice")
    void diskFullOnTheWay_saysSo() throws IOException {
        Path partials = Files.createDirectories(repo().resolve(".hanllama"));
        Path part = partials.resolve(hub.content(WEIGHTS).etag() + ".part");
        Files.createSymbolicLink(part, Path.of("/dev/full"));

        assertThatThrownBy(this::pull)
                .isInstanceOf(BackendException.class)
                .hasMessageContaining(part + ": cannot be written: ")
                .hasMessageContaining("is the disk full?");
        assertThat(blob(WEIGHTS)).doesNotExist();
        Files.delete(part);
        assertThat(read(pull().path(WEIGHTS))).isEqualTo(weights);
    }

    static boolean hasFullDevice() {
        return Files.exists(Path.of("/dev/full"));
    }

    @Test
    void proxy_isAskedForEverything() {
        HubOptions proxied = options()
                .endpoint(URI.create("http://hub.invalid"))
                .proxies(new EnvironmentProxies(
                        java.util.Map.of("HTTP_PROXY", hub.endpoint().toString())));

        assertThat(read(pull(source(proxied).files(CONFIG)).path(CONFIG))).isEqualTo(config);
        assertThat(hub.seen().getFirst().path()).startsWith("http://hub.invalid/api/");
    }

    @Test
    void manyThreadsAtOnce_fetchOnce() throws Exception {
        List<Future<HubSnapshot>> pulls = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
            for (int i = 0; i < 6; i++) {
                pulls.add(threads.submit(() -> pull()));
            }
        }
        for (Future<HubSnapshot> pull : pulls) {
            assertThat(read(pull.get().path(WEIGHTS))).isEqualTo(weights);
        }
        assertThat(hub.downloads()).hasSize(1);
        assertThat(cached()).noneMatch(name -> name.contains(".hanllama"));
    }

    @Test
    void cacheThatCannotBeWritten_saysSo() throws IOException {
        Files.writeString(cache(), "a file");

        assertThatThrownBy(this::pull).isInstanceOf(LlamaException.class).hasMessageContaining(cache().toString());
    }

    @Test
    void incompleteOfPython_isNotOurs() throws IOException {
        Files.createDirectories(repo().resolve("blobs"));
        Path theirs = Files.writeString(
                repo().resolve("blobs/" + hub.content(WEIGHTS).etag() + ".0a1b2c3d.incomplete"), "theirs");

        assertThat(read(pull().path(WEIGHTS))).isEqualTo(weights);
        assertThat(theirs).hasContent("theirs");
    }

    private HubSource modelScope() {
        HubOptions options = HubOptions.fromEnvironment(HubKind.MODEL_SCOPE, java.util.Map.of(), folder)
                .endpoint(hub.endpoint())
                .cache(cache())
                .transfer(options().transfer())
                .token(HubToken.of("ms-secret"))
                .tokenToMirror(true);
        return HubSource.of(HubId.parse("ms://" + FakeHub.REPO), options);
    }

    @Test
    void modelScope_verifiesEveryFile() {
        HubSnapshot snapshot = pull(modelScope());

        assertThat(read(snapshot.path(WEIGHTS))).isEqualTo(weights);
        assertThat(snapshot.hash(CONFIG).orElseThrow()).hasSize(64);
        assertThat(Files.exists(repo().resolve("refs/master"))).isTrue();
        assertThat(hub.seen()).noneMatch(seen -> seen.path().contains("/resolve/"));
        assertThat(hub.downloads()).noneMatch(seen -> seen.has("Cookie") || seen.has("Authorization"));
        assertThat(hub.seen().getFirst().header("Cookie")).isEqualTo("m_session_id=ms-secret");
    }

    @Test
    void modelScope_otherContent_isAnotherCommit() {
        HubSnapshot before = pull(modelScope());
        assertThat(pull(modelScope()).receivedBytes()).isZero();
        hub.file(CONFIG, new byte[] {'{', '}'});

        HubSnapshot after = pull(modelScope());

        assertThat(after.commit()).isNotEqualTo(before.commit());
        assertThat(read(after.path(CONFIG))).hasSize(2);
        assertThat(read(before.path(CONFIG))).isEqualTo(config);
    }

    @Test
    void modelScope_wrongBytes_areRefused() {
        byte[] other = weights.clone();
        other[5] ^= 1;
        hub.storageFault(9, FakeHub.body(200, "application/octet-stream", other));

        assertThatThrownBy(() -> pull(modelScope()))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("expected SHA-256");
    }

    @Test
    void modelScope_errorInside() {
        hub.hubFault(
                "GET",
                "/repo/files",
                1,
                call -> FakeHub.json(
                        call, "{\"Code\":10010205001,\"Message\":\"record not found\",\"RequestId\":\"7\"}"));

        assertThatThrownBy(() -> pull(modelScope()))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("record not found");
    }
}
