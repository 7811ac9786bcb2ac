package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.testdata.FakeHub;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** A hub that behaves. */
class HubSourceTest extends HubTestCase {
    @Test
    void resolve_bringsTheModelAndNothingElse() {
        HubSnapshot snapshot = pull();

        assertThat(snapshot.names()).containsExactly(CONFIG, WEIGHTS);
        assertThat(snapshot.commit()).isEqualTo(FakeHub.COMMIT);
        assertThat(snapshot.receivedBytes()).isEqualTo(weights.length + config.length);
        assertThat(read(snapshot.path(WEIGHTS))).isEqualTo(weights);
        assertThat(read(snapshot.path(CONFIG))).isEqualTo(config);
    }

    @Test
    void resolve_leavesTheLayoutOfPython() {
        pull();

        assertThat(cached())
                .containsExactlyInAnyOrder(
                        "CACHEDIR.TAG",
                        "models--han--poet/blobs/" + hub.content(WEIGHTS).etag(),
                        "models--han--poet/blobs/" + hub.content(CONFIG).etag(),
                        "models--han--poet/refs/main",
                        "models--han--poet/snapshots/" + FakeHub.COMMIT + "/config.json -> ../../blobs/"
                                + hub.content(CONFIG).etag(),
                        "models--han--poet/snapshots/" + FakeHub.COMMIT + "/model.safetensors -> ../../blobs/"
                                + hub.content(WEIGHTS).etag(),
                        "models--han--poet/trees/" + FakeHub.COMMIT + ".json");
        assertThat(repo().resolve("refs/main")).hasContent(FakeHub.COMMIT);
    }

    @Test
    void resolveAgain_asksOnlyForTheCommit() {
        pull();
        hub.forget();

        HubSnapshot again = pull();

        assertThat(again.receivedBytes()).isZero();
        assertThat(hub.seen()).hasSize(1);
        assertThat(hub.seen().getFirst().path()).endsWith("/revision/main");
    }

    @Test
    void resolve_aCommitThatIsHere_asksNobody() {
        pull();
        hub.close();

        HubSnapshot again = pull(source().revision(FakeHub.COMMIT));

        assertThat(read(again.path(WEIGHTS))).isEqualTo(weights);
    }

    @Test
    void resolve_aNewCommit_sharesUnchangedBlobs() {
        pull();
        String next = "f".repeat(40);
        hub.commit(next);
        hub.file(CONFIG, new byte[] {'{', '}'});
        hub.forget();

        HubSnapshot snapshot = pull();

        assertThat(snapshot.commit()).isEqualTo(next);
        assertThat(snapshot.receivedBytes()).isEqualTo(2);
        assertThat(hub.downloads()).isEmpty();
        assertThat(read(pointer(CONFIG))).isEqualTo(config);
    }

    @Test
    void resolve_inParts() {
        HubOptions options = options().transfer(options().transfer().partBytes(20_000));

        HubSnapshot snapshot = pull(source(options));

        assertThat(read(snapshot.path(WEIGHTS))).isEqualTo(weights);
        assertThat(hub.downloads()).hasSize(16);
        assertThat(hub.sent()).isEqualTo(SIZE);
    }

    @Test
    void resolve_withoutLinks_movesFilesIntoTheSnapshot() {
        pull(source(options().symlinks(false)));

        assertThat(pointer(WEIGHTS)).hasBinaryContent(weights).isRegularFile();
        assertThat(Files.isSymbolicLink(pointer(WEIGHTS))).isFalse();
        assertThat(cached()).noneMatch(name -> name.contains("blobs"));
        hub.forget();
        assertThat(pull(source(options().symlinks(false))).receivedBytes()).isZero();
    }

    @Test
    void resolve_reportsBytesUpToTheTotal() {
        List<Progress> events = new CopyOnWriteArrayList<>();

        source().resolve(events::add, new Cancellation());

        long total = weights.length + config.length;
        assertThat(events).allMatch(event -> event.stage() == Progress.Stage.DOWNLOAD && event.total() == total);
        assertThat(events.stream().mapToLong(Progress::done).max()).hasValue(total);
    }

    @Test
    void resolve_chosenFiles() {
        HubSnapshot snapshot = pull(source().files("*.json", "README.*"));

        assertThat(snapshot.names()).containsExactly("README.md", CONFIG);
    }

    @Test
    void resolve_fileInAFolder_isLinkedOneLevelHigher() {
        hub.largeFile("gguf/poet-q4_0.gguf", bytes(1000, 2));

        HubSnapshot snapshot = pull(HubSource.of(HubId.parse(FakeHub.REPO + ":gguf/poet-q4_0.gguf"), options()));

        assertThat(read(snapshot.path("gguf/poet-q4_0.gguf"))).isEqualTo(bytes(1000, 2));
        assertThat(cached()).anyMatch(name -> name.contains("/gguf/poet-q4_0.gguf -> ../../../blobs/"));
    }

    @Test
    void resolve_emptyFile() {
        hub.file("empty.json", new byte[0]);

        assertThat(read(pull().path("empty.json"))).isEmpty();
    }

    @Test
    void headers_readsRangesWithoutFetching() {
        FileRanges ranges = source().headers();

        assertThat(ranges.names()).containsExactly(CONFIG, WEIGHTS);
        assertThat(ranges.size(WEIGHTS)).isEqualTo(SIZE);
        assertThat(ranges.read(WEIGHTS, 1000, 50)).isEqualTo(Arrays.copyOfRange(weights, 1000, 1050));
        assertThat(ranges.read(CONFIG, 0, config.length)).isEqualTo(config);
        assertThat(hub.sent()).isLessThan(1000);
        assertThat(cached()).isEmpty();
    }

    @Test
    void headers_fromTheCache() {
        pull();
        hub.close();

        assertThat(source().headers().read(WEIGHTS, 7, 5)).isEqualTo(Arrays.copyOfRange(weights, 7, 12));
    }

    @Test
    void offline_findsWhatIsHere() {
        pull();
        hub.forget();

        HubSnapshot snapshot = pull(source(options().offline(true)));

        assertThat(snapshot.commit()).isEqualTo(FakeHub.COMMIT);
        assertThat(hub.seen()).isEmpty();
    }

    @Test
    void offline_refusesWhatIsNot() throws IOException {
        pull();
        Files.delete(pointer(WEIGHTS));

        assertThatThrownBy(() -> pull(source(options().offline(true))))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("not all of it is in the cache");
        assertThat(hub.seen().stream().filter(seen -> seen.path().contains("revision")))
                .hasSize(1);
    }

    @Test
    void unreachableHub_usesTheCache() {
        pull();
        hub.close();

        assertThat(read(pull().path(WEIGHTS))).isEqualTo(weights);
    }

    @Test
    void unreachableHub_withoutCache_saysWhatToDo() {
        hub.close();

        assertThatThrownBy(this::pull)
                .isInstanceOf(HubException.class)
                .hasMessageContaining("127.0.0.1 cannot be reached")
                .hasMessageContaining("HF_ENDPOINT");
    }
}
