package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.BackendException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Removes from the cache. Links are removed, never followed: what they lead to may be others' as well. */
final class CacheRemoval {
    private CacheRemoval() {}

    /** A folder and what is in it. */
    static void removeTree(Path folder) {
        try (Stream<Path> tree =
                Files.exists(folder, LinkOption.NOFOLLOW_LINKS) ? Files.walk(folder) : Stream.empty()) {
            tree.sorted(Comparator.reverseOrder()).forEach(CacheRemoval::remove);
        } catch (IOException | UncheckedIOException e) {
            throw new BackendException(folder + ": cannot be removed: " + e, e);
        }
    }

    static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new BackendException(file + ": cannot be removed: " + e, e);
        }
    }

    /** A commit, what stands for it, and the blobs that no other commit has. */
    static void removeRevision(String repo, RepoCache cache, String commit) {
        Set<Path> blobs = blobs(cache, cache.snapshot(commit));
        removeTree(cache.snapshot(commit));
        Set<Path> needed = new HashSet<>();
        CacheScan.list(cache.snapshots()).forEach(other -> needed.addAll(blobs(cache, other)));
        blobs.stream().filter(blob -> !needed.contains(blob)).forEach(CacheRemoval::remove);
        Map<String, List<String>> refs = new CacheScan(repo, cache).refs();
        refs.getOrDefault(commit, List.of()).forEach(ref -> remove(cache.refs().resolve(ref)));
        remove(cache.tree(commit));
        removeTree(cache.folder().resolve(".no_exist").resolve(commit));
    }

    /** The entries of {@code blobs} that links of a snapshot lead to, not what those may lead to in turn. */
    private static Set<Path> blobs(RepoCache cache, Path snapshot) {
        Set<Path> blobs = new HashSet<>();
        try (Stream<Path> tree = Files.isDirectory(snapshot) ? Files.walk(snapshot) : Stream.empty()) {
            for (Path link : tree.filter(Files::isSymbolicLink).toList()) {
                Path target = link.resolveSibling(Files.readSymbolicLink(link)).normalize();
                if (cache.blobs().equals(target.getParent())) {
                    blobs.add(target);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw new BackendException(snapshot + ": cannot be listed: " + e, e);
        }
        return blobs;
    }
}
