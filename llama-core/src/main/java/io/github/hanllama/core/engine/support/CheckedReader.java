package io.github.hanllama.core.engine.support;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.zip.CRC32C;

/** Whole buffers out of a caller's channel, never a byte more, with a CRC-32C over all of them. */
final class CheckedReader {
    private final ReadableByteChannel channel;
    private final CRC32C checksum = new CRC32C();
    private long position;

    CheckedReader(ReadableByteChannel channel) {
        this.channel = channel;
    }

    /** Fills the buffer and returns it, ready to be read. */
    ByteBuffer read(ByteBuffer bytes) throws IOException {
        int start = bytes.position();
        while (bytes.hasRemaining()) {
            if (channel.read(bytes) < 0) {
                throw new EOFException("exported cache: cut short after " + (position + bytes.position() - start)
                        + " bytes, expected at least " + (position + bytes.limit() - start));
            }
        }
        bytes.position(start);
        position += bytes.remaining();
        checksum.update(bytes.duplicate());
        return bytes;
    }

    void requireChecksum() throws IOException {
        int expected = (int) checksum.getValue();
        int found = read(ByteBuffer.allocate(Integer.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt();
        if (found != expected) {
            throw new IOException("exported cache: damaged, expected checksum " + Integer.toHexString(expected)
                    + ", found " + Integer.toHexString(found));
        }
    }
}
