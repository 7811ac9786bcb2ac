package io.github.hanllama.core.engine.support;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.zip.CRC32C;

/** Whole buffers into a caller's channel, with a CRC-32C over all of them. */
final class CheckedWriter {
    private final WritableByteChannel channel;
    private final CRC32C checksum = new CRC32C();

    CheckedWriter(WritableByteChannel channel) {
        this.channel = channel;
    }

    void write(ByteBuffer bytes) throws IOException {
        checksum.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    void writeChecksum() throws IOException {
        write(ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt((int) checksum.getValue())
                .flip());
    }
}
