package io.github.hanllama.benchmarks;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What a plain read must come to, the plainest way. */
final class Words {
    private Words() {}

    static int xor(MemorySegment memory, long bytes) {
        int xor = 0;
        for (long at = 0; at < bytes; at += Integer.BYTES) {
            xor ^= memory.get(ValueLayout.JAVA_INT_UNALIGNED, at);
        }
        return xor;
    }
}
