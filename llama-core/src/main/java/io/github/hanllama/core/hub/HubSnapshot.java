package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.files.FileHash;
import io.github.hanllama.core.files.FileMeter;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Files of a repository at one commit, in the cache. Thread-safe; closing it changes nothing. */
public final class HubSnapshot implements ModelFiles {
    private final HubId id;
    private final String commit;
    private final Path folder;
    private final SortedMap<String, Path> paths;
    private final SortedMap<String, RepoFile> described;
    private final long receivedBytes;

    HubSnapshot(
            HubId id,
            String commit,
            Path folder,
            SortedMap<String, Path> paths,
            SortedMap<String, RepoFile> described,
            long receivedBytes) {
        this.id = id;
        this.commit = commit;
        this.folder = folder;
        this.paths = Collections.unmodifiableSortedMap(new TreeMap<>(paths));
        this.described = described;
        this.receivedBytes = receivedBytes;
    }

    public HubId id() {
        return id;
    }

    /** What the revision stood for: 40 hex digits, as a revision always these very files. */
    public String commit() {
        return commit;
    }

    @Override
    public Optional<String> revision() {
        return Optional.of(commit);
    }

    /** Where the files lie under their own names. */
    public Path folder() {
        return folder;
    }

    /** Bytes that came over the network for this, which is nothing for what was in the cache. */
    public long receivedBytes() {
        return receivedBytes;
    }

    /** What the hub calls the content of a file, its SHA-256 or git's SHA-1; unknown where only the cache was asked. */
    @Override
    public Optional<String> hash(String name) {
        return Optional.ofNullable(described.get(name)).map(file -> file.etag().hex());
    }

    /**
     * Reads every byte and compares it with what the hub calls the content.
     *
     * @return a line for each file that is another one, its name first; what the hub calls a file is not always known where
     *     only the cache was asked
     */
    public List<String> differences(ProgressListener listener, Cancellation cancellation) {
        List<String> differences = new ArrayList<>();
        for (String name : names()) {
            expected(name).ifPresent(etag -> {
                FileMeter meter = new FileMeter(listener, cancellation);
                String found = FileHash.of(path(name), etag.digest(size(name)), meter.of(name, size(name)))
                        .hex();
                if (!found.equals(etag.hex())) {
                    differences.add(
                            name + ": changed: expected " + etag.algorithm() + " " + etag.hex() + ", found " + found);
                }
            });
        }
        return differences;
    }

    /** As it was listed, else the name of the blob that a link leads to. */
    private Optional<Etag> expected(String name) {
        try {
            String blob = String.valueOf(path(name).toRealPath().getFileName());
            return Optional.ofNullable(described.get(name)).map(RepoFile::etag).or(() -> Etag.find(blob));
        } catch (IOException e) {
            throw new ModelNotFoundException(origin() + ": " + name + ": cannot be read: " + e, e);
        }
    }

    @Override
    public String origin() {
        return id.toString();
    }

    @Override
    public SortedSet<String> names() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(paths.keySet()));
    }

    @Override
    public Path path(String name) {
        Path path = paths.get(name);
        if (path == null) {
            throw new ModelNotFoundException(origin() + ": " + name + ": not among the files that were fetched");
        }
        return path;
    }

    /** The files stay in the cache. */
    @Override
    public void close() {}
}
