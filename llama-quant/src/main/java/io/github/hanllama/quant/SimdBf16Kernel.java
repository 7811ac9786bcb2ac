package io.github.hanllama.quant;

import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.HALF;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Whole vectors here, what is left over by {@link ScalarBf16Kernel}. */
final class SimdBf16Kernel implements Bf16Kernel {
    private static final ScalarBf16Kernel TAIL = new ScalarBf16Kernel();
    private static final int F32_INFINITY = 0x7f80_0000;

    @Override
    public void read(MemorySegment source, long offset, float[] target, int at, int count) {
        int bound = FLOAT.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            widen(source, offset + 2L * i).intoArray(target, at + i);
        }
        TAIL.read(source, offset + 2L * bound, target, at + bound, count - bound);
    }

    @Override
    public void write(float[] source, int at, int count, MemorySegment target, long offset) {
        int bound = FLOAT.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            narrow(FloatVector.fromArray(FLOAT, source, at + i))
                    .intoMemorySegment(target, offset + 2L * i, ByteOrder.LITTLE_ENDIAN);
        }
        TAIL.write(source, at + bound, count - bound, target, offset + 2L * bound);
    }

    /** The bf16 numbers at that byte offset, one per float lane. */
    static FloatVector widen(MemorySegment source, long offset) {
        return ((IntVector) ShortVector.fromMemorySegment(HALF, source, offset, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_S2I, INT, 0))
                .lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats();
    }

    private static ShortVector narrow(FloatVector values) {
        IntVector bits = values.reinterpretAsInts();
        IntVector high = bits.lanewise(VectorOperators.LSHR, 16);
        IntVector rounded = bits.add(high.and(1)).add(0x7fff).lanewise(VectorOperators.LSHR, 16);
        VectorMask<Integer> nan = bits.and(0x7fff_ffff).compare(VectorOperators.GT, F32_INFINITY);
        return (ShortVector) rounded.blend(high.or(0x40), nan).convertShape(VectorOperators.I2S, HALF, 0);
    }
}
