package io.github.hanllama.core.source;

import io.github.hanllama.core.error.ModelNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.stream.Stream;

/** Copies in a private folder that closing removes. */
final class TemporaryFiles implements ModelFiles {
    private final String origin;
    private final Path root;
    private final Path folder;

    private TemporaryFiles(String origin, Path root, Path folder) {
        this.origin = origin;
        this.root = root;
        this.folder = folder;
    }

    /**
     * A new folder that only this user can read.
     *
     * @param name of the folder in it that the files go to, which manifests show
     */
    static TemporaryFiles create(String origin, String name) {
        try {
            Path root = Files.createTempDirectory("hanllama-");
            return new TemporaryFiles(origin, root, Files.createDirectory(root.resolve(name)));
        } catch (IOException e) {
            throw new ModelNotFoundException(origin + ": no temporary folder to copy to: " + e, e);
        }
    }

    /** Where to put the file of this name. */
    Path target(String name) {
        try {
            Path target = folder.resolve(name);
            Files.createDirectories(target.getParent());
            return target;
        } catch (IOException e) {
            throw new ModelNotFoundException(origin + ": " + name + ": cannot be copied: " + e, e);
        }
    }

    /** Bytes that still fit, or the largest number where that cannot be known. */
    long usableBytes() {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    @Override
    public String origin() {
        return origin;
    }

    @Override
    public SortedSet<String> names() {
        return files().names();
    }

    @Override
    public Path path(String name) {
        return files().path(name);
    }

    private PathFiles files() {
        if (!Files.exists(folder)) {
            throw new IllegalStateException("the files of " + origin + " are closed");
        }
        return PathFiles.of(folder);
    }

    @Override
    public boolean temporary() {
        return true;
    }

    @Override
    public void close() {
        try (Stream<Path> tree = Files.exists(root) ? Files.walk(root) : Stream.empty()) {
            List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the temporary " + root, e);
        }
    }
}
