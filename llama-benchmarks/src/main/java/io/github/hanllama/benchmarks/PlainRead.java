package io.github.hanllama.benchmarks;

import io.github.hanllama.quant.MemoryRead;
import java.lang.foreign.MemorySegment;

/** What a benchmark stands beside: a read of memory that does nothing with it, on one thread. */
final class PlainRead {
    private static final int STEP = 256;

    private PlainRead() {}

    /** Bytes that are read of so many: all but the last few. */
    static long bytes(long size) {
        return size / STEP * STEP;
    }

    /** The exclusive or of the words of all {@link #bytes}. */
    static int of(MemorySegment memory) {
        return MemoryRead.xor(memory, 0, bytes(memory.byteSize()));
    }
}
