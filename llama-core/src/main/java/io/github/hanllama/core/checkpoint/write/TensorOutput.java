package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.identity.ContentDigest;
import io.github.hanllama.core.error.BackendException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.zip.CRC32;

/** Where the bytes of a tensor, or of a file's part of one, go; they are hashed as they pass. Used by one thread. */
public final class TensorOutput {
    private static final int READ_BYTES = 1 << 20;

    private final TensorInfo info;
    private final FileChannel channel;
    private final long start;
    private final MessageDigest digest = ContentDigest.sha256();
    private final CRC32 crc32 = new CRC32();
    private long position;
    private String sha256 = "";

    /** @param start where the first byte goes */
    public TensorOutput(TensorInfo info, FileChannel channel, long start) {
        this.info = info;
        this.channel = channel;
        this.start = start;
        this.position = start;
    }

    /** What is in the file. */
    public TensorInfo info() {
        return info;
    }

    /** Appends some rows. */
    public void write(MemorySegment rows) {
        ByteBuffer buffer = buffer(rows);
        hash(buffer.duplicate());
        try {
            while (buffer.hasRemaining()) {
                position += channel.write(buffer, position);
            }
        } catch (IOException e) {
            throw new BackendException(info.name() + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private void hash(ByteBuffer bytes) {
        digest.update(bytes.duplicate());
        crc32.update(bytes);
    }

    /** Whether the file holds bytes with this hash in their place, from an earlier run; if so, they are as if written now. */
    boolean holds(String expected) {
        try {
            ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES);
            long end = start + info.bytes();
            for (long at = start; at < end; at += buffer.limit()) {
                buffer.clear().limit((int) Math.min(READ_BYTES, end - at));
                if (channel.read(buffer, at) < buffer.limit()) {
                    break; // the file ends here
                }
                hash(buffer.flip());
            }
        } catch (IOException e) {
            throw new BackendException(info.name() + ": cannot be read: " + e.getMessage(), e);
        }
        boolean same = sha256().equals(expected);
        if (!same) {
            sha256 = "";
            crc32.reset();
        }
        return same;
    }

    /** A tile may lie in an array of any type, a buffer of bytes only over some. */
    static ByteBuffer buffer(MemorySegment bytes) {
        boolean viewable = bytes.isNative() || bytes.heapBase().orElse(bytes) instanceof byte[];
        return viewable ? bytes.asByteBuffer() : ByteBuffer.wrap(bytes.toArray(ValueLayout.JAVA_BYTE));
    }

    /** Of all bytes, once they are written. */
    public String sha256() {
        if (sha256.isEmpty()) {
            sha256 = ContentDigest.hex(digest);
        }
        return sha256;
    }

    /** Of all bytes. */
    long crc32() {
        return crc32.getValue();
    }
}
