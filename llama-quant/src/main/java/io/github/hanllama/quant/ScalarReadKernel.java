package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** A word after the other. */
final class ScalarReadKernel implements ReadKernel {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public int xor(MemorySegment memory, long offset, long bytes) {
        int result = 0;
        for (long at = 0; at < bytes; at += Integer.BYTES) {
            result ^= memory.get(INT, offset + at);
        }
        return result;
    }
}
