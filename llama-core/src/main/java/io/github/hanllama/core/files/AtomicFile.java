package io.github.hanllama.core.files;

import io.github.hanllama.core.error.BackendException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.UUID;

/**
 * A file that appears under its name when it is complete: written beside it under a temporary name, forced to disk, then
 * renamed. Closing it before {@link #commit} removes every trace; what a killed process left is removed by the next that
 * writes the same file.
 */
public final class AtomicFile implements AutoCloseable {
    private final Path target;
    private final Path temporary;
    private final FileChannel channel;

    private AtomicFile(Path target, Path temporary, FileChannel channel) {
        this.target = target;
        this.temporary = temporary;
        this.channel = channel;
    }

    /** @throws IllegalArgumentException when there is something of this name */
    public static AtomicFile create(Path file) {
        Path target = file.toAbsolutePath().normalize();
        if (Files.exists(target)) {
            throw new IllegalArgumentException(target + ": expected the name of a new file, found one that is there");
        }
        Path parent = Objects.requireNonNull(target.getParent(), "the root of a file system is there");
        String prefix = "." + target.getFileName() + "-";
        Path temporary = parent.resolve(prefix + UUID.randomUUID());
        try {
            Files.createDirectories(parent);
            Leftovers.remove(parent, prefix);
            Leftovers.add(temporary);
            FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            Leftovers.lock(channel);
            return new AtomicFile(target, temporary, channel);
        } catch (IOException e) {
            throw new BackendException(file + ": cannot be created: " + e, e);
        }
    }

    /** Where to write. */
    public FileChannel channel() {
        return channel;
    }

    /** @throws BackendException when so many bytes do not fit the disk, as far as that can be known */
    public void requireSpace(long bytes) {
        long usable = usableBytes();
        if (usable < bytes) {
            throw new BackendException(target.getParent() + ": disk full: expected " + bytes
                    + " bytes free for the model, found " + usable);
        }
    }

    private long usableBytes() {
        try {
            return Files.getFileStore(temporary).getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Puts the file in its place. */
    public Path commit() {
        try {
            channel.force(true);
            channel.close();
            if (Files.exists(target)) {
                throw new FileAlreadyExistsException(target.toString());
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            AtomicFolder.forceFolder(Objects.requireNonNull(target.getParent()));
            return target;
        } catch (IOException e) {
            throw new BackendException(target + ": cannot be put in place: " + e, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
            Files.deleteIfExists(temporary);
            Leftovers.forget(temporary);
        } catch (IOException e) {
            throw new BackendException(temporary + ": cannot be removed: " + e, e);
        }
    }
}
