package io.github.hanllama.core.files;

import io.github.hanllama.core.progress.Cancellation;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * Keeps two of us, threads or processes, from doing the same work at the same time. It only saves that: where a file system
 * has no locks, each works in a file of its own, and both end right.
 */
public final class WorkLock implements AutoCloseable {
    private static final long SLICE_MILLIS = 50;

    private final Optional<FileChannel> channel;

    private WorkLock(Optional<FileChannel> channel) {
        this.channel = channel;
    }

    /** Waits for whoever holds it. */
    public static WorkLock acquire(Path file, Cancellation cancellation) {
        try {
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                while (!tryLock(channel)) {
                    cancellation.throwIfCancelled();
                    Thread.sleep(SLICE_MILLIS);
                }
                return new WorkLock(Optional.of(channel));
            } catch (IOException | RuntimeException | InterruptedException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            return new WorkLock(Optional.empty());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        }
    }

    /** Does not wait: not held when somebody else is at it, or where there are no locks. */
    public static WorkLock tryAcquire(Path file) {
        try {
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel)) {
                return new WorkLock(Optional.of(channel));
            }
            channel.close();
        } catch (IOException e) {
            return new WorkLock(Optional.empty());
        }
        return new WorkLock(Optional.empty());
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // a thread of this process
        }
    }

    /** Whether nobody else of us is at it; if not, somebody may be. */
    public boolean isHeld() {
        return channel.isPresent();
    }

    /** The file stays: who waits for it has it open. */
    @Override
    public void close() {
        try {
            if (channel.isPresent()) {
                channel.get().close();
            }
        } catch (IOException e) {
            return; // the lock ends with the process
        }
    }
}
