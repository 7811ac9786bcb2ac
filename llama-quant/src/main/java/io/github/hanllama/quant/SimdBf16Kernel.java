package io.github.hanllama.quant;

import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** Whole vectors here, what is left over by {@link ScalarBf16Kernel}. */
final class SimdBf16Kernel implements Bf16Kernel {
    private static final ScalarBf16Kernel TAIL = new ScalarBf16Kernel();

    @Override
    public void read(MemorySegment source, long offset, float[] target, int at, int count) {
        int bound = FLOAT.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            SimdHalfFloats.widenBf16(source, offset + 2L * i).intoArray(target, at + i);
        }
        TAIL.read(source, offset + 2L * bound, target, at + bound, count - bound);
    }

    @Override
    public void write(float[] source, int at, int count, MemorySegment target, long offset) {
        int bound = FLOAT.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            SimdHalfFloats.narrowBf16(FloatVector.fromArray(FLOAT, source, at + i))
                    .intoMemorySegment(target, offset + 2L * i, ByteOrder.LITTLE_ENDIAN);
        }
        TAIL.write(source, at + bound, count - bound, target, offset + 2L * bound);
    }
}
