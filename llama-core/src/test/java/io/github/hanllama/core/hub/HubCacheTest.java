package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.testdata.FakeHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class HubCacheTest extends HubTestCase {
    private static final String NEXT = "f".repeat(40);

    private HubCache hubCache() {
        return HubCache.of(options());
    }

    /** Another configuration, the same weights. */
    private void pullTwoCommits() {
        pull();
        hub.commit(NEXT);
        hub.file(CONFIG, new byte[] {'{', '}'});
        pull();
    }

    @Test
    void list_nothing() {
        assertThat(hubCache().list()).isEmpty();
    }

    @Test
    void list() throws IOException {
        pullTwoCommits();
        Files.write(repo().resolve("blobs/" + "a".repeat(40) + ".12345678.incomplete"), new byte[11]);
        Files.createDirectories(cache().resolve("datasets--x--y/blobs"));

        List<CachedRepo> repos = hubCache().list();

        assertThat(repos).hasSize(1);
        CachedRepo repo = repos.getFirst();
        assertThat(repo.repo()).isEqualTo(FakeHub.REPO);
        assertThat(repo.bytes()).isEqualTo(SIZE + config.length + 2); // the weights once
        assertThat(repo.unfinishedBytes()).isEqualTo(11);
        assertThat(repo.revisions())
                .containsExactly(
                        new CachedRepo.Revision(FakeHub.COMMIT, List.of(), 2, SIZE + config.length),
                        new CachedRepo.Revision(NEXT, List.of("main"), 2, SIZE + 2));
    }

    @Test
    void list_brokenThings() throws IOException {
        pull();
        Files.delete(blob(WEIGHTS));
        Files.writeString(repo().resolve("refs/other"), "garbage");
        Files.createDirectory(repo().resolve("snapshots/not-a-commit"));
        Files.createFile(cache().resolve("models--a--file"));

        assertThat(hubCache().list().getFirst().revisions())
                .containsExactly(new CachedRepo.Revision(FakeHub.COMMIT, List.of("main"), 1, config.length));
    }

    @Test
    void remove_repository() throws IOException {
        pull();
        Path other = Files.createDirectories(cache().resolve("models--x--y"));

        assertThat(hubCache().remove(FakeHub.REPO)).isEqualTo(SIZE + config.length);

        assertThat(repo()).doesNotExist();
        assertThat(cache().resolve(".locks/models--han--poet")).doesNotExist();
        assertThat(other).exists();
    }

    @Test
    void remove_revision_keepsWhatOthersNeed() {
        pullTwoCommits();

        assertThat(hubCache().remove(FakeHub.REPO, FakeHub.COMMIT)).isEqualTo(config.length);

        assertThat(repo().resolve("snapshots/" + FakeHub.COMMIT)).doesNotExist();
        assertThat(repo().resolve("trees/" + FakeHub.COMMIT + ".json")).doesNotExist();
        assertThat(read(repo().resolve("snapshots/" + NEXT + "/" + WEIGHTS))).isEqualTo(weights);
    }

    @Test
    void remove_revisionByItsName() {
        pullTwoCommits();

        hubCache().remove(FakeHub.REPO, "main");

        assertThat(repo().resolve("refs/main")).doesNotExist();
        assertThat(read(pointer(WEIGHTS))).isEqualTo(weights);
    }

    @Test
    void remove_doesNotFollowLinks() throws IOException {
        pull();
        Path shared =
                Files.write(Files.createDirectories(cache().resolve("blobs/ab")).resolve("abc"), weights);
        Files.delete(blob(WEIGHTS));
        Files.createSymbolicLink(blob(WEIGHTS), Path.of("../../blobs/ab/abc"));
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.createFile(outside.resolve("mine"));
        Files.createSymbolicLink(pointer("elsewhere"), outside);

        hubCache().remove(FakeHub.REPO, FakeHub.COMMIT);

        assertThat(Files.exists(blob(WEIGHTS), java.nio.file.LinkOption.NOFOLLOW_LINKS))
                .isFalse();
        assertThat(shared).exists(); // Python's shared store
        assertThat(outside.resolve("mine")).exists();
    }

    @Test
    void remove_whatIsNotThere() {
        pull();

        assertThatThrownBy(() -> hubCache().remove("x/y"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("x/y: not in the cache");
        assertThatThrownBy(() -> hubCache().remove(FakeHub.REPO, "v1"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("found the commits [" + FakeHub.COMMIT);
    }

    @Test
    void prune_replacedCommitsAndOldDownloads() throws IOException {
        pullTwoCommits();
        Path fresh = unfinished("fresh", Duration.ofHours(1));
        Path old = unfinished("old", Duration.ofDays(3));

        List<HubCache.Leftover> would = hubCache().prune(Duration.ofDays(1), true);
        assertThat(old).exists();
        List<HubCache.Leftover> did = hubCache().prune(Duration.ofDays(1), false);

        assertThat(would)
                .extracting(HubCache.Leftover::what)
                .isEqualTo(did.stream().map(HubCache.Leftover::what).toList());
        assertThat(did)
                .extracting(HubCache.Leftover::what)
                .containsExactly("models--han--poet/.hanllama/old.part", FakeHub.REPO + "@" + FakeHub.COMMIT);
        assertThat(fresh).exists();
        assertThat(old).doesNotExist();
        assertThat(read(repo().resolve("snapshots/" + NEXT + "/" + WEIGHTS))).isEqualTo(weights);
    }

    @Test
    void prune_keepsCommitsThatWereAskedFor() {
        pull(source().revision(FakeHub.COMMIT));

        assertThat(hubCache().prune(Duration.ZERO, false)).isEmpty();
        assertThat(read(pointer(WEIGHTS))).isEqualTo(weights);
    }

    private Path unfinished(String name, Duration age) throws IOException {
        Path folder = Files.createDirectories(repo().resolve(".hanllama"));
        Path file = Files.write(folder.resolve(name + ".part"), new byte[5]);
        return Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
    }
}
