package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.BackendException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Looks through the folder of one repository; what is broken in it is left out. */
final class CacheScan {
    private final String repo;
    private final RepoCache cache;

    CacheScan(String repo, RepoCache cache) {
        this.repo = repo;
        this.cache = cache;
    }

    CachedRepo repo() {
        Map<String, List<String>> refs = refs();
        List<CachedRepo.Revision> revisions = new ArrayList<>();
        Set<Path> contents = new HashSet<>();
        Instant newest = Instant.EPOCH;
        for (Path snapshot : list(cache.snapshots())) {
            String commit = snapshot.getFileName().toString();
            if (Etag.isCommit(commit) && Files.isDirectory(snapshot)) {
                List<Path> files = files(snapshot);
                files.forEach(file -> real(file).ifPresent(contents::add));
                long bytes = files.stream().mapToLong(CacheScan::size).sum();
                revisions.add(
                        new CachedRepo.Revision(commit, refs.getOrDefault(commit, List.of()), files.size(), bytes));
                newest = later(newest, snapshot);
            }
        }
        list(cache.blobs()).stream().filter(blob -> !isUnfinished(blob)).forEach(blob -> real(blob)
                .ifPresent(contents::add));
        long bytes = contents.stream().mapToLong(CacheScan::size).sum();
        long unfinished = unfinished().stream().mapToLong(CacheScan::size).sum();
        return new CachedRepo(repo, cache.folder(), bytes, unfinished, newest, revisions);
    }

    /** Downloads under way or given up: ours, and those of Python's client. */
    List<Path> unfinished() {
        return Stream.concat(
                        list(cache.partials()).stream(),
                        list(cache.blobs()).stream().filter(CacheScan::isUnfinished))
                .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                .toList();
    }

    private static boolean isUnfinished(Path blob) {
        return blob.getFileName().toString().endsWith(".incomplete");
    }

    /** Names of branches and tags by commit. */
    Map<String, List<String>> refs() {
        Map<String, List<String>> refs = new HashMap<>();
        for (Path file : files(cache.refs())) {
            String name = cache.refs().relativize(file).toString().replace('\\', '/');
            cache.ref(name).filter(commit -> !name.startsWith(".")).ifPresent(commit -> refs.computeIfAbsent(
                            commit, key -> new ArrayList<>())
                    .add(name));
        }
        return refs;
    }

    /** Files below a folder, links to files among them. */
    static List<Path> files(Path folder) {
        try (Stream<Path> tree = Files.isDirectory(folder) ? Files.walk(folder) : Stream.empty()) {
            return tree.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            throw unreadable(folder, e);
        }
    }

    static List<Path> list(Path folder) {
        try (Stream<Path> entries = Files.isDirectory(folder) ? Files.list(folder) : Stream.empty()) {
            return entries.sorted(Comparator.naturalOrder()).toList();
        } catch (IOException | UncheckedIOException e) {
            throw unreadable(folder, e);
        }
    }

    private static BackendException unreadable(Path folder, Exception cause) {
        return new BackendException(folder + ": cannot be listed: " + cause, cause);
    }

    private static Optional<Path> real(Path path) {
        try {
            return Optional.of(path.toRealPath());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }

    private static Instant later(Instant instant, Path file) {
        try {
            Instant other = Files.getLastModifiedTime(file).toInstant();
            return other.isAfter(instant) ? other : instant;
        } catch (IOException e) {
            return instant;
        }
    }
}
