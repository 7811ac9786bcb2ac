package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.error.BackendException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A folder that appears under its name when it is complete: filled beside it under a temporary name, forced to disk, then
 * renamed. Closing it before {@link #commit} removes every trace.
 */
final class AtomicFolder implements AutoCloseable {
    private final Path target;
    private final Path temporary;
    private final boolean stays;

    /** @param stays whether what is begun waits for another run */
    private AtomicFolder(Path target, Path temporary, boolean stays) {
        this.target = target;
        this.temporary = temporary;
        this.stays = stays;
    }

    static AtomicFolder create(Path folder) {
        Path target = folder.toAbsolutePath().normalize();
        requireFree(target);
        try {
            Path parent = Objects.requireNonNull(target.getParent(), "the root of a file system is never free");
            Files.createDirectories(parent);
            return new AtomicFolder(target, Files.createTempDirectory(parent, "." + target.getFileName() + "-"), false);
        } catch (IOException e) {
            throw new BackendException(folder + ": cannot be created: " + e, e);
        }
    }

    /** One whose temporary name is always the same, and which stays under it when it is closed before {@link #commit}. */
    static AtomicFolder resume(Path folder) {
        Path target = folder.toAbsolutePath().normalize();
        requireFree(target);
        Path temporary = target.resolveSibling("." + target.getFileName() + ".partial");
        try {
            return new AtomicFolder(target, Files.createDirectories(temporary), true);
        } catch (IOException e) {
            throw new BackendException(folder + ": cannot be created: " + e, e);
        }
    }

    private static void requireFree(Path target) {
        try (Stream<Path> entries = Files.list(target)) {
            if (entries.findAny().isPresent()) {
                throw new IllegalArgumentException(target + ": expected a new or empty folder, found files in it");
            }
        } catch (NoSuchFileException e) {
            return; // as it should be
        } catch (IOException e) {
            throw new IllegalArgumentException(target + ": expected a new or empty folder, found " + e, e);
        }
    }

    /** Where to write. */
    Path path() {
        return temporary;
    }

    /** Bytes that still fit, or the largest number where that cannot be known. */
    long usableBytes() {
        try {
            return Files.getFileStore(temporary).getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Bytes that are in it already, from an earlier run. */
    long bytes() {
        return FolderFiles.list(temporary).stream().mapToLong(FileHash::size).sum();
    }

    /** Puts the folder in its place. */
    List<Path> commit() {
        try {
            List<Path> names = list();
            for (Path file : names) {
                force(temporary.resolve(file));
            }
            makePublic();
            forceFolder(temporary);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            forceFolder(Objects.requireNonNull(target.getParent()));
            return names.stream().map(target::resolve).toList();
        } catch (IOException e) {
            throw new BackendException(target + ": cannot be put in place: " + e, e);
        }
    }

    private List<Path> list() throws IOException {
        try (Stream<Path> files = Files.list(temporary)) {
            return files.map(Path::getFileName).sorted().toList();
        }
    }

    private static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Makes names durable where the system can: Windows opens no folder. */
    static void forceFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            return; // the files themselves are on disk
        }
    }

    /** Temporary folders are private; the model is not. */
    private void makePublic() throws IOException {
        Path probe = Files.createDirectory(temporary.resolve("permissions"));
        try {
            if (Files.getFileStore(probe).supportsFileAttributeView("posix")) {
                Files.setPosixFilePermissions(temporary, Files.getPosixFilePermissions(probe));
            }
        } finally {
            Files.delete(probe);
        }
    }

    @Override
    public void close() {
        if (stays) {
            return;
        }
        try (Stream<Path> tree = Files.exists(temporary) ? Files.walk(temporary) : Stream.empty()) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new BackendException(temporary + ": cannot be removed: " + e, e);
        }
    }
}
