package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.source.FileNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The folder of one repository in the cache, in the layout of Python's huggingface_hub: {@code blobs/<hash>},
 * {@code snapshots/<commit>/<path>} as links to them, {@code refs/<revision>} with a commit each. A file that is there is
 * never written to; it may be linked from elsewhere or mapped by another process.
 */
final class RepoCache {
    private static final String PREFIX = "models--";
    private static final int MAX_FILES = 100_000;
    private static final int MAX_REF_BYTES = 64;

    private final Path cache;
    private final Path folder;
    private final boolean symlinks;

    RepoCache(Path cache, String repo, boolean symlinks) {
        this.cache = cache;
        this.folder = cache.resolve(PREFIX + repo.replace("/", "--"));
        this.symlinks = symlinks;
    }

    /** The repository whose folder this is, if it is one. */
    static Optional<String> repo(Path folder) {
        String name = folder.getFileName().toString();
        return name.startsWith(PREFIX) && Files.isDirectory(folder)
                ? Optional.of(name.substring(PREFIX.length()).replace("--", "/"))
                : Optional.empty();
    }

    Path folder() {
        return folder;
    }

    Path blobs() {
        return folder.resolve("blobs");
    }

    Path snapshots() {
        return folder.resolve("snapshots");
    }

    Path snapshot(String commit) {
        return snapshots().resolve(commit);
    }

    Path refs() {
        return folder.resolve("refs");
    }

    Path tree(String commit) {
        return folder.resolve("trees").resolve(commit + ".json");
    }

    /** What is on its way, in a place of our own that others look past. */
    Path partials() {
        return folder.resolve(".hanllama");
    }

    /** Where Python's client locks, too, though by other means: it does not shut us out, nor we it. */
    Path lock(Etag etag) {
        return cache.resolve(".locks").resolve(folder.getFileName()).resolve(etag.hex() + ".lock");
    }

    /** The commit that a revision stood for when it was last asked for; what is no commit counts as nothing. */
    Optional<String> ref(String revision) {
        if (Etag.isCommit(revision)) {
            return Optional.of(revision);
        }
        Path ref = refs().resolve(revision);
        try {
            if (!Files.isRegularFile(ref) || Files.size(ref) > MAX_REF_BYTES) {
                return Optional.empty();
            }
            return Optional.of(Files.readString(ref, StandardCharsets.ISO_8859_1))
                    .filter(Etag::isCommit);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    void ref(String revision, String commit) throws IOException {
        if (!Etag.isCommit(revision) && !ref(revision).equals(Optional.of(commit))) {
            write(refs().resolve(revision), commit.getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** A small file, whole or not at all. */
    void write(Path target, byte[] content) throws IOException {
        Path parent = Objects.requireNonNull(target.getParent());
        Files.createDirectories(parent);
        Path temporary = parent.resolve("." + UUID.randomUUID() + ".tmp");
        try {
            Files.write(temporary, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** The file in a snapshot, if it is there, can be read and is as long as it should be. */
    Optional<Path> file(String commit, RepoFile file) {
        Path pointer = snapshot(commit).resolve(file.path());
        return isUsable(pointer, file.size()) ? Optional.of(pointer) : Optional.empty();
    }

    boolean hasBlob(RepoFile file) {
        return isUsable(blob(file.etag()), file.size());
    }

    Path blob(Etag etag) {
        return blobs().resolve(etag.hex());
    }

    /** Whatever number of links leads there, the end must be a file of this cache. */
    private boolean isUsable(Path path, long size) {
        try {
            Path real = path.toRealPath();
            return Files.isRegularFile(real)
                    && Files.isReadable(real)
                    && Files.size(real) == size
                    && (real.startsWith(cache.toRealPath()) || real.startsWith(folder.toRealPath()));
        } catch (IOException e) {
            return false; // not there, a broken link, or a circle of them
        }
    }

    /** What a snapshot holds, for a commit whose list of files is not known. */
    Optional<SortedMap<String, Path>> files(String commit) {
        Path root = snapshot(commit);
        if (!Files.isDirectory(root)) {
            return Optional.empty();
        }
        SortedMap<String, Path> files = new TreeMap<>();
        try (Stream<Path> tree = Files.walk(root)) {
            tree.limit(MAX_FILES).filter(Files::isRegularFile).forEach(path -> {
                String name = root.relativize(path).toString().replace('\\', '/');
                if (FileNames.isSafe(name) && isUsable(path)) {
                    files.put(name, path);
                }
            });
        } catch (IOException | UncheckedIOException e) {
            throw new BackendException(root + ": cannot be listed: " + e, e);
        }
        return Optional.of(files);
    }

    private boolean isUsable(Path path) {
        try {
            return isUsable(path, Files.size(path));
        } catch (IOException e) {
            return false;
        }
    }

    /** Puts verified content in its place. */
    void publish(Path content, String commit, RepoFile file) throws IOException {
        if (!linksAreKnown()) {
            putInPlace(content, pointer(commit, file));
            return;
        }
        Files.createDirectories(blobs());
        putInPlace(content, blob(file.etag()));
        link(commit, file);
    }

    /** Gives a blob that is there its name in a snapshot. */
    void link(String commit, RepoFile file) throws IOException {
        Path pointer = pointer(commit, file);
        Path target = Objects.requireNonNull(pointer.getParent()).relativize(blob(file.etag()));
        try {
            Files.createSymbolicLink(pointer, target);
        } catch (FileAlreadyExistsException e) {
            if (!isUsable(pointer, file.size())) {
                replace(pointer, target);
            }
        }
    }

    /** Whether a blob can be given a name without being moved. */
    boolean linksAreKnown() {
        return symlinks && FileSystemProbe.linksWork(folder);
    }

    private void replace(Path pointer, Path target) throws IOException {
        Path temporary = pointer.resolveSibling("." + UUID.randomUUID() + ".tmp");
        Files.createSymbolicLink(temporary, target);
        putInPlace(temporary, pointer);
    }

    private Path pointer(String commit, RepoFile file) throws IOException {
        Path pointer = snapshot(commit).resolve(file.path()).normalize();
        if (!pointer.startsWith(snapshot(commit))) {
            throw new IllegalArgumentException("not a name inside the snapshot: " + file.path());
        }
        Files.createDirectories(Objects.requireNonNull(pointer.getParent()));
        return pointer;
    }

    /** An empty folder there was made by mistake; one with files in it is somebody's. */
    private static void putInPlace(Path from, Path to) throws IOException {
        if (Files.isDirectory(to, LinkOption.NOFOLLOW_LINKS)) {
            Files.delete(to);
        }
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        Durability.forceFolder(Objects.requireNonNull(to.getParent()));
    }
}
