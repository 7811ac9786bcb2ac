package io.github.hanllama.core.checkpoint.file;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A whole file as one read-only mapping, of any size. Thread-safe.
 *
 * <p>The file stays open so that its length can be asked again: pages that a truncation took away read as zeros or raise
 * an {@link InternalError}, and {@link #guard} turns either into an exception. {@link RandomAccessFile} because, unlike
 * a channel, an interrupted thread does not close it.
 */
public final class MappedFile implements AutoCloseable {
    private final Path path;
    private final RandomAccessFile file;
    private final Arena arena;
    private final MemorySegment memory;
    private final AtomicBoolean closed = new AtomicBoolean();

    private MappedFile(Path path, RandomAccessFile file, Arena arena, MemorySegment memory) {
        this.path = path;
        this.file = file;
        this.arena = arena;
        this.memory = memory;
    }

    public static MappedFile open(Path path) {
        if (Files.isDirectory(path)) {
            throw new ModelNotFoundException(path + ": expected a file, found a folder");
        }
        RandomAccessFile file = openForReading(path);
        Arena arena = Arena.ofShared();
        try {
            MemorySegment memory = file.getChannel().map(MapMode.READ_ONLY, 0, file.length(), arena);
            return new MappedFile(path, file, arena, memory);
        } catch (IOException e) {
            release(file, arena);
            if (e instanceof ClosedByInterruptException) {
                throw (CancellationException) new CancellationException("interrupted").initCause(e);
            }
            throw new ModelNotFoundException(path + ": cannot be mapped: " + e.getMessage(), e);
        }
    }

    private static RandomAccessFile openForReading(Path path) {
        try {
            return new RandomAccessFile(path.toFile(), "r");
        } catch (FileNotFoundException e) {
            String reason = Files.exists(path) ? "cannot be read: " + e.getMessage() : "no such file";
            throw new ModelNotFoundException(path + ": " + reason, e);
        }
    }

    public Path path() {
        return path;
    }

    public MemorySegment memory() {
        if (closed.get()) {
            throw new IllegalStateException(path.getFileName() + " is closed");
        }
        return memory;
    }

    /** Runs something that reads the mapping, then makes sure that what it read was the file. */
    public void guard(Runnable read) {
        try {
            read.run();
        } catch (InternalError e) { // how the JVM reports a page that is no longer there
            requireUnchanged(e);
            throw e;
        }
        requireUnchanged(null);
    }

    private void requireUnchanged(@org.jspecify.annotations.Nullable InternalError cause) {
        long length = length();
        if (length != memory.byteSize()) {
            throw new ModelFormatException(
                    path + ": changed while it was open: expected " + memory.byteSize() + " bytes, found " + length
                            + "; replace model files by renaming, not by writing into them",
                    cause == null ? new IOException("file length changed") : cause);
        }
    }

    private long length() {
        try {
            return file.length();
        } catch (IOException e) {
            if (closed.get()) {
                throw new IllegalStateException(path.getFileName() + " is closed", e);
            }
            throw new ModelNotFoundException(path + ": cannot be read any more: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            release(file, arena);
        }
    }

    private static void release(RandomAccessFile file, Arena arena) {
        arena.close();
        try {
            file.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e); // closing a file that was only read does not fail
        }
    }
}
