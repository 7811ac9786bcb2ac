package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Reads memory and does next to nothing with it: how fast is the least that a kernel has to wait for its weights? */
public final class MemoryRead {
    private static final int STEP = 256;

    private MemoryRead() {}

    /**
     * Reads bytes from {@code offset} on and returns the exclusive or of their 32-bit words, so that no read can be left
     * out.
     *
     * @param bytes a multiple of 256
     */
    public static int xor(MemorySegment memory, long offset, long bytes) {
        Objects.checkFromIndexSize(offset, bytes, memory.byteSize());
        if (bytes % STEP != 0) {
            throw new IllegalArgumentException("bytes must be a multiple of " + STEP + ", was " + bytes);
        }
        return Kernels.read().xor(memory, offset, bytes);
    }
}
