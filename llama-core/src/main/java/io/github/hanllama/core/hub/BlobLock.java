package io.github.hanllama.core.hub;

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
 * Keeps two of us, threads or processes, from fetching the same content at the same time. It only saves traffic: where a
 * file system has no locks, each fetches into a file of its own, and both end right.
 */
final class BlobLock implements AutoCloseable {
    private static final long SLICE_MILLIS = 50;

    private final Optional<FileChannel> channel;

    private BlobLock(Optional<FileChannel> channel) {
        this.channel = channel;
    }

    /** Waits for whoever holds it. */
    static BlobLock acquire(Path file, Cancellation cancellation) {
        try {
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                while (!tryLock(channel)) {
                    cancellation.throwIfCancelled();
                    Thread.sleep(SLICE_MILLIS);
                }
                return new BlobLock(Optional.of(channel));
            } catch (IOException | RuntimeException | InterruptedException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            return new BlobLock(Optional.empty());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // a thread of this process
        }
    }

    /** Whether nobody else of us is at this content; if not, somebody may be. */
    boolean isHeld() {
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
