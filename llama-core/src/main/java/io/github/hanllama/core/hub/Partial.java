package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.progress.Cancellation;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A file on its way, which a later process can go on with. Several threads write parts of it; the hash follows where it is
 * whole from the start, and is taken from the file, so that it also stands for what an earlier process wrote.
 */
final class Partial implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 18;

    private final RepoFile content;
    private final Path file;
    private final Path logFile;
    private final FileChannel channel;
    private final PartialLog log;
    private final Intervals ranges;
    private Optional<String> validator;

    private final ReentrantLock hashing = new ReentrantLock();
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private MessageDigest digest;
    private long hashed;

    private Partial(RepoFile content, Path file, Path logFile, FileChannel channel, PartialLog log) throws IOException {
        this.content = content;
        this.file = file;
        this.logFile = logFile;
        this.channel = channel;
        this.log = log;
        PartialLog.Contents before = log.read();
        ranges = before.ranges();
        validator = before.validator();
        digest = content.etag().digest(content.size());
        if (channel.size() > content.size() || ranges.end() > channel.size()) {
            reset(); // it was cut, or is not what the log speaks of
        }
    }

    /** @param name what an earlier process called it, to go on with; a new one to begin */
    static Partial open(Path folder, String name, RepoFile content) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve(name + ".part");
        Path logFile = folder.resolve(name + ".log");
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            return new Partial(content, file, logFile, channel, PartialLog.open(logFile, content));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    synchronized List<Intervals.Range> missing() {
        return ranges.missing(content.size());
    }

    synchronized long done() {
        return ranges.total();
    }

    synchronized Optional<String> validator() {
        return validator;
    }

    /** Notes what the server calls the content; says whether it is what it was called before. */
    synchronized boolean agrees(Optional<String> name) throws IOException {
        if (name.isPresent() && validator.isEmpty()) {
            log.validator(name.get());
            validator = name;
        }
        return name.isEmpty() || validator.equals(name);
    }

    /** The bytes are not counted before they are noted. */
    void write(ByteBuffer bytes, long position) {
        long at = position;
        try {
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private BackendException unwritable(IOException cause) {
        return new BackendException(file + ": cannot be written: " + cause + "; is the disk full?", cause);
    }

    /** From now on these bytes are there, in this process and for the next. */
    void note(long from, long to, Cancellation cancellation) {
        if (to <= from) {
            return;
        }
        try {
            synchronized (this) {
                log.range(from, to);
                ranges.add(from, to);
            }
            if (hashing.tryLock()) {
                try {
                    hash(cancellation);
                } finally {
                    hashing.unlock();
                }
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private synchronized long frontier() {
        return ranges.frontier();
    }

    private void hash(Cancellation cancellation) throws IOException {
        for (long end = frontier(); hashed < end; end = frontier()) {
            cancellation.throwIfCancelled();
            buffer.clear().limit((int) Math.min(buffer.capacity(), end - hashed));
            int read = channel.read(buffer, hashed);
            if (read < 0) {
                throw new EOFException(file + ": was cut while it was written");
            }
            digest.update(buffer.flip());
            hashed += read;
        }
    }

    /** The hash of the file once nothing of it is missing. */
    String hash() throws IOException {
        hashing.lock();
        try {
            hash(new Cancellation());
            return HexFormat.of().formatHex(digest.digest());
        } finally {
            digest = content.etag().digest(content.size());
            hashed = 0;
            hashing.unlock();
        }
    }

    /** The first bytes, for looking at what came instead. */
    ByteBuffer head() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(512);
        channel.read(bytes, 0);
        return bytes.flip();
    }

    /** Begins anew. No other thread may be writing. */
    synchronized void reset() throws IOException {
        channel.truncate(0);
        log.clear();
        ranges.clear();
        validator = Optional.empty();
        digest = content.etag().digest(content.size());
        hashed = 0;
    }

    /** Hands the complete file over, to be renamed; what is left of it here goes with {@link #delete}. */
    Path complete() throws IOException {
        channel.force(true);
        close();
        return file;
    }

    void delete() throws IOException {
        close();
        Files.deleteIfExists(logFile);
        Files.deleteIfExists(file);
    }

    @Override
    public void close() throws IOException {
        channel.close();
        log.close();
    }
}
