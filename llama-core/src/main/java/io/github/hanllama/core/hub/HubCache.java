package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.ModelNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What has been fetched from a hub, shared with Python's huggingface_hub.
 *
 * <pre>{@code
 * HubCache cache = HubCache.of(HubOptions.fromEnvironment(HubKind.HUGGING_FACE));
 * cache.list().forEach(repo -> System.out.println(repo.repo() + " " + repo.bytes()));
 * }</pre>
 *
 * What a process uses can be removed under its hands, as files can; what it is fetching is kept by {@link #prune}.
 */
public final class HubCache {
    private final Path root;

    private HubCache(Path root) {
        this.root = root;
    }

    public static HubCache of(HubOptions options) {
        return new HubCache(options.cache());
    }

    public Path root() {
        return root;
    }

    /** By name; nothing when there is no cache yet. */
    public List<CachedRepo> list() {
        List<CachedRepo> repos = new ArrayList<>();
        for (Path folder : CacheScan.list(root)) {
            RepoCache.repo(folder).ifPresent(repo -> repos.add(new CacheScan(repo, cache(repo)).repo()));
        }
        return repos;
    }

    private RepoCache cache(String repo) {
        return new RepoCache(root, repo, true);
    }

    /**
     * Removes a repository, all revisions of it.
     *
     * @return the bytes that are free now
     * @throws ModelNotFoundException when it is not in the cache
     */
    public long remove(String repo) {
        CachedRepo cached = find(repo);
        CacheRemoval.removeTree(cached.folder());
        CacheRemoval.removeTree(root.resolve(".locks").resolve(cached.folder().getFileName()));
        return cached.bytes() + cached.unfinishedBytes();
    }

    /**
     * Removes one revision, and of its files those that no other one has.
     *
     * @param revision a commit, or a branch or tag that the cache knows
     * @return the bytes that are free now
     * @throws ModelNotFoundException when it is not in the cache
     */
    public long remove(String repo, String revision) {
        CachedRepo before = find(repo);
        String commit = before.revisions().stream()
                .filter(cached ->
                        cached.commit().equals(revision) || cached.refs().contains(revision))
                .map(CachedRepo.Revision::commit)
                .findFirst()
                .orElseThrow(() -> new ModelNotFoundException(
                        repo + "@" + revision + ": not in the cache " + root + ", found the commits "
                                + before.revisions().stream()
                                        .map(CachedRepo.Revision::commit)
                                        .toList()));
        CacheRemoval.removeRevision(repo, cache(repo), commit);
        return before.bytes() - find(repo).bytes();
    }

    private CachedRepo find(String repo) {
        return list().stream()
                .filter(cached -> cached.repo().equals(repo))
                .findFirst()
                .orElseThrow(() -> new ModelNotFoundException(repo + ": not in the cache " + root));
    }

    /**
     * Something that nobody needs any more.
     *
     * @param what a revision that a newer one has replaced, or a download that was given up
     */
    public record Leftover(String what, long bytes) {}

    /**
     * Removes downloads that nobody has gone on with for so long, and commits that no branch or tag stands for any more where
     * one stands for another; a repository of which only commits were ever asked for keeps them.
     *
     * @param dryRun only says what it would remove
     */
    public List<Leftover> prune(Duration age, boolean dryRun) {
        List<Leftover> leftovers = new ArrayList<>();
        for (CachedRepo repo : list()) {
            pruneUnfinished(repo, Instant.now().minus(age), dryRun, leftovers);
            boolean current = repo.revisions().stream()
                    .anyMatch(revision -> !revision.refs().isEmpty());
            repo.revisions().stream()
                    .filter(revision -> current && revision.refs().isEmpty())
                    .forEach(revision -> leftovers.add(prune(repo, revision, dryRun)));
        }
        return leftovers;
    }

    private Leftover prune(CachedRepo repo, CachedRepo.Revision revision, boolean dryRun) {
        String what = repo.repo() + "@" + revision.commit();
        return new Leftover(what, dryRun ? revision.bytes() : remove(repo.repo(), revision.commit()));
    }

    private void pruneUnfinished(CachedRepo repo, Instant before, boolean dryRun, List<Leftover> leftovers) {
        for (Path file : new CacheScan(repo.repo(), cache(repo.repo())).unfinished()) {
            if (isOlder(file, before)) {
                leftovers.add(new Leftover(root.relativize(file).toString(), CacheScan.size(file)));
                if (!dryRun) {
                    CacheRemoval.remove(file);
                }
            }
        }
    }

    private static boolean isOlder(Path file, Instant instant) {
        try {
            return Files.getLastModifiedTime(file).toInstant().isBefore(instant);
        } catch (IOException e) {
            return false; // gone already
        }
    }
}
