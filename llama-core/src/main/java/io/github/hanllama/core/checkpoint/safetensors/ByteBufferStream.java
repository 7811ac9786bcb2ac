package io.github.hanllama.core.checkpoint.safetensors;

import java.io.InputStream;
import java.nio.ByteBuffer;

/** The rest of a buffer as a stream, so that a large header is parsed without copying it to the heap. */
public final class ByteBufferStream extends InputStream {
    private final ByteBuffer buffer;

    public ByteBufferStream(ByteBuffer buffer) {
        this.buffer = buffer;
    }

    @Override
    public int read() {
        return buffer.hasRemaining() ? buffer.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        int count = Math.min(length, buffer.remaining());
        if (count == 0) {
            return length == 0 ? 0 : -1;
        }
        buffer.get(target, offset, count);
        return count;
    }
}
