package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/** bf16 in memory to and from {@code float}; ranges are checked by {@link StoredFloats}. */
sealed interface Bf16Kernel permits ScalarBf16Kernel, SimdBf16Kernel {
    void read(MemorySegment source, long offset, float[] target, int at, int count);

    void write(float[] source, int at, int count, MemorySegment target, long offset);
}
