package io.github.hanllama.quant;

import static io.github.hanllama.quant.SimdSpecies.INT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Four vectors at a time, which is enough for one thread to keep memory busy. */
final class SimdReadKernel implements ReadKernel {
    private static final int BYTES = INT.vectorByteSize();

    @Override
    public int xor(MemorySegment memory, long offset, long bytes) {
        IntVector a = IntVector.zero(INT), b = a, c = a, d = a;
        for (long at = offset; at < offset + bytes; at += 4 * BYTES) {
            a = a.lanewise(VectorOperators.XOR, word(memory, at));
            b = b.lanewise(VectorOperators.XOR, word(memory, at + BYTES));
            c = c.lanewise(VectorOperators.XOR, word(memory, at + 2 * BYTES));
            d = d.lanewise(VectorOperators.XOR, word(memory, at + 3 * BYTES));
        }
        IntVector first = a.lanewise(VectorOperators.XOR, b);
        return first.lanewise(VectorOperators.XOR, c.lanewise(VectorOperators.XOR, d))
                .reduceLanes(VectorOperators.XOR);
    }

    private static IntVector word(MemorySegment memory, long at) {
        return IntVector.fromMemorySegment(INT, memory, at, ByteOrder.LITTLE_ENDIAN);
    }
}
