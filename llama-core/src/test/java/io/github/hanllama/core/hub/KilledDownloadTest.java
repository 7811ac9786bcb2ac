package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.testdata.ChildJvm;
import io.github.hanllama.testdata.HubCall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes that are killed while they download, and processes that download at the same time. */
@Timeout(600)
class KilledDownloadTest extends HubTestCase {
    private static final int LARGE = 6 << 20;
    /** More with {@code -Dhanllama.kills=50}; each takes about a second. */
    private static final int KILLS = Integer.getInteger("hanllama.kills", 2);

    private final byte[] large = bytes(LARGE, 3);

    /** About half a second for the file. */
    private boolean slowly(HubCall call) throws IOException {
        int from = call.from();
        int to = Integer.parseInt(call.asked("Range").replaceAll(".*-", "")) + 1;
        call.header("ETag", "\"at-" + hub.content(WEIGHTS).etag() + "\"");
        call.header("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + LARGE);
        call.begin(206, to - from);
        for (int at = from; at < to; at += 1 << 15) {
            call.write(large, at, Math.min(1 << 15, to - at));
            call.flush();
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // the server is closed
                return true;
            }
        }
        return true;
    }

    private HubSnapshot pullHere() {
        return source(PullingProcess.options(hub.endpoint(), cache()))
                .resolve(ProgressListener.NONE, new Cancellation());
    }

    private Process start() throws IOException {
        return PullingProcess.start(hub.endpoint(), cache(), folder.resolve("log"));
    }

    @Test
    void killedAtRandomMoments_nextRunGoesOn() throws Exception {
        Random random = new Random();
        hub.largeFile(WEIGHTS, large);
        hub.storageFault(Integer.MAX_VALUE, this::slowly);
        for (int kill = 0; kill < KILLS; kill++) {
            hub.forget();
            Process process = start();
            while (process.isAlive() && hub.downloads().isEmpty()) {
                Thread.sleep(2);
            }
            Thread.sleep(random.nextInt(600));
            ChildJvm.kill(process);

            assertNothingWrongHasAName();
        }
        hub.forgetFaults();
        long noted = noted();

        HubSnapshot snapshot = pullHere();

        assertThat(read(snapshot.path(WEIGHTS))).isEqualTo(large);
        assertThat(cached()).noneMatch(name -> name.contains(".hanllama"));
        if (noted > 0) {
            assertThat(snapshot.receivedBytes()).isLessThanOrEqualTo(LARGE - noted + config.length);
        }
    }

    /** A killed process may have been done. */
    private void assertNothingWrongHasAName() {
        for (Path file : new Path[] {blob(WEIGHTS), pointer(WEIGHTS)}) {
            if (Files.exists(file)) {
                assertThat(read(file)).isEqualTo(large);
            }
        }
    }

    private long noted() throws IOException {
        String etag = hub.content(WEIGHTS).etag();
        Path log = repo().resolve(".hanllama").resolve(etag + ".log");
        if (!Files.exists(log)) {
            return 0;
        }
        RepoFile file = new RepoFile(WEIGHTS, LARGE, Etag.of(etag, "test"));
        try (PartialLog partial = PartialLog.open(log, file)) {
            return partial.read().ranges().total();
        }
    }

    @Test
    void twoProcessesAtOnce_fetchOnce() throws Exception {
        hub.largeFile(WEIGHTS, large);
        hub.storageFault(Integer.MAX_VALUE, this::slowly);

        Process one = start();
        Process two = start();
        assertThat(one.waitFor()).isZero();
        assertThat(two.waitFor()).isZero();

        assertThat(read(pointer(WEIGHTS))).isEqualTo(large);
        assertThat(hub.downloads()).hasSize(LARGE >> 20);
        assertThat(folder.resolve("log")).isEmptyFile();
    }

    @Test
    void tornLogAndStalePart_areNotBelieved() throws IOException {
        hub.largeFile(WEIGHTS, large);
        Path partials = Files.createDirectories(repo().resolve(".hanllama"));
        String etag = hub.content(WEIGHTS).etag();
        Files.write(partials.resolve(etag + ".part"), new byte[LARGE / 2]);
        Files.writeString(
                partials.resolve(etag + ".log"),
                "hanllama-partial 1 " + etag + " " + LARGE + "\nr 0 " + LARGE / 2 + "\nr 0 60000");

        HubSnapshot snapshot = pullHere(); // the hash says that what was there is wrong

        assertThat(read(snapshot.path(WEIGHTS))).isEqualTo(large);
    }

    @Test
    void logOfMoreThanThereIs_isNotBelieved() throws IOException {
        hub.largeFile(WEIGHTS, large);
        Path partials = Files.createDirectories(repo().resolve(".hanllama"));
        String etag = hub.content(WEIGHTS).etag();
        Files.write(partials.resolve(etag + ".part"), new byte[10]);
        Files.writeString(
                partials.resolve(etag + ".log"), "hanllama-partial 1 " + etag + " " + LARGE + "\nr 0 " + LARGE + "\n");

        assertThat(pullHere().receivedBytes()).isEqualTo(LARGE + config.length);
    }
}
