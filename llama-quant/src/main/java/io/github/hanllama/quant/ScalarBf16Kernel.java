package io.github.hanllama.quant;

import static io.github.hanllama.quant.StoredFloats.SHORT;

import java.lang.foreign.MemorySegment;

/** The specification. */
final class ScalarBf16Kernel implements Bf16Kernel {
    @Override
    public void read(MemorySegment source, long offset, float[] target, int at, int count) {
        for (int i = 0; i < count; i++) {
            target[at + i] = HalfFloats.bf16ToFloat(source.get(SHORT, offset + 2L * i));
        }
    }

    @Override
    public void write(float[] source, int at, int count, MemorySegment target, long offset) {
        for (int i = 0; i < count; i++) {
            target.set(SHORT, offset + 2L * i, HalfFloats.floatToBf16(source[at + i]));
        }
    }
}
