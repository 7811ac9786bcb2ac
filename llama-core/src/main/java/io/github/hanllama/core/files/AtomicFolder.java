package io.github.hanllama.core.files;

import io.github.hanllama.core.error.BackendException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A folder that appears under its name when it is complete: filled beside it under a temporary name, forced to disk, then
 * renamed. Closing it before {@link #commit} removes every trace; what a killed process left is removed by the next that
 * writes the same folder.
 */
public final class AtomicFolder implements AutoCloseable {
    private final Path target;
    private final Path temporary;
    private final Optional<FileChannel> lock; // of what does not wait for another run

    private AtomicFolder(Path target, Path temporary, Optional<FileChannel> lock) {
        this.target = target;
        this.temporary = temporary;
        this.lock = lock;
    }

    public static AtomicFolder create(Path folder) {
        Path target = folder.toAbsolutePath().normalize();
        requireFree(target);
        try {
            Path parent = Objects.requireNonNull(target.getParent(), "the root of a file system is never free");
            Files.createDirectories(parent);
            String prefix = "." + target.getFileName() + "-";
            Leftovers.remove(parent, prefix);
            Path temporary = Files.createTempDirectory(parent, prefix);
            Leftovers.add(temporary);
            FileChannel lock = FileChannel.open(
                    temporary.resolve(Leftovers.LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            Leftovers.lock(lock);
            return new AtomicFolder(target, temporary, Optional.of(lock));
        } catch (IOException e) {
            throw new BackendException(folder + ": cannot be created: " + e, e);
        }
    }

    /** One whose temporary name is always the same, and which stays under it when it is closed before {@link #commit}. */
    public static AtomicFolder resume(Path folder) {
        Path target = folder.toAbsolutePath().normalize();
        requireFree(target);
        Path temporary = target.resolveSibling("." + target.getFileName() + ".partial");
        try {
            return new AtomicFolder(target, Files.createDirectories(temporary), Optional.empty());
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

    /** What has been written so far, sorted by name. */
    public List<Path> files() {
        return Trees.list(temporary).stream()
                .filter(file -> !file.endsWith(Leftovers.LOCK))
                .toList();
    }

    /** Where to write. */
    public Path path() {
        return temporary;
    }

    /** Bytes that still fit, or the largest number where that cannot be known. */
    public long usableBytes() {
        try {
            return Files.getFileStore(temporary).getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Bytes that are in it already, from an earlier run. */
    public long bytes() {
        return files().stream().mapToLong(FileHash::size).sum();
    }

    /** Puts the folder in its place. */
    public List<Path> commit() {
        try {
            List<Path> files = files();
            for (Path file : files) {
                force(file);
            }
            makePublic();
            forceFolder(temporary);
            unlock();
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            forceFolder(Objects.requireNonNull(target.getParent()));
            return files.stream().map(Path::getFileName).map(target::resolve).toList();
        } catch (IOException e) {
            throw new BackendException(target + ": cannot be put in place: " + e, e);
        }
    }

    private void unlock() throws IOException {
        if (lock.isPresent()) {
            lock.get().close();
            Files.deleteIfExists(temporary.resolve(Leftovers.LOCK));
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
        if (lock.isEmpty()) {
            return;
        }
        try {
            lock.get().close();
        } catch (IOException e) {
            throw new BackendException(temporary + ": cannot be closed: " + e, e);
        }
        Trees.remove(temporary);
        Leftovers.forget(temporary);
    }
}
