package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/** The inner loop of {@link MemoryRead}. */
sealed interface ReadKernel permits ScalarReadKernel, SimdReadKernel {
    /** The exclusive or of little-endian 32-bit words. */
    int xor(MemorySegment memory, long offset, long bytes);
}
