package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.ModelNotFoundException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/** Finds a model in the cache alone. */
final class CachedSnapshot {
    private CachedSnapshot() {}

    /**
     * Empty unless all of it is there. Of a commit whose list of files is not known, what is there counts as all; a model
     * that lacks a part is refused when it is opened.
     */
    static Optional<HubSnapshot> find(HubId id, FileSelection selection, RepoCache cache) {
        return cache.ref(id.revision()).flatMap(commit -> TreeFile.read(cache.tree(commit), commit)
                .map(listing -> listed(id, selection, cache, listing))
                .orElseGet(() -> cache.files(commit).flatMap(files -> found(id, selection, cache, commit, files))));
    }

    private static Optional<HubSnapshot> listed(HubId id, FileSelection selection, RepoCache cache, Listing listing) {
        Optional<SortedSet<String>> names = choose(id, selection, listing.files());
        SortedMap<String, Path> paths = new TreeMap<>();
        for (RepoFile file : listing.files().values()) {
            if (names.filter(chosen -> chosen.contains(file.path())).isPresent()) {
                cache.file(listing.commit(), file).ifPresent(path -> paths.put(file.path(), path));
            }
        }
        return names.filter(all -> all.size() == paths.size())
                .map(all -> new HubSnapshot(
                        id, listing.commit(), cache.snapshot(listing.commit()), paths, listing.files(), 0));
    }

    private static Optional<HubSnapshot> found(
            HubId id, FileSelection selection, RepoCache cache, String commit, SortedMap<String, Path> files) {
        return choose(id, selection, files).map(names -> {
            SortedMap<String, Path> paths = new TreeMap<>(files);
            paths.keySet().retainAll(names);
            return new HubSnapshot(id, commit, cache.snapshot(commit), paths, new TreeMap<>(), 0);
        });
    }

    private static Optional<SortedSet<String>> choose(HubId id, FileSelection selection, SortedMap<String, ?> files) {
        try {
            return Optional.of(selection.choose(files.keySet(), id.toString()));
        } catch (ModelNotFoundException e) {
            return Optional.empty();
        }
    }
}
