package io.github.hanllama.core.engine.support;

import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** A bounded run of head rows on its way between a storage (f32) and a channel (the exchanged type). */
final class KvValues {
    private static final int TARGET_FLOATS = 1 << 14;

    private final DType dtype;
    private final int positions;
    private final float[] floats;
    private final byte[] bytes;

    KvValues(DType dtype, int headDim) {
        this.dtype = dtype;
        this.positions = Math.max(1, TARGET_FLOATS / headDim);
        this.floats = new float[positions * headDim];
        this.bytes = new byte[Math.toIntExact(dtype.bytes(floats.length))];
    }

    /** Most positions of one run. */
    int positions() {
        return positions;
    }

    float[] floats() {
        return floats;
    }

    /** The room for that many values as exchanged. */
    ByteBuffer bytes(int count) {
        return ByteBuffer.wrap(bytes, 0, Math.toIntExact(dtype.bytes(count)));
    }

    ByteBuffer encode(int count) {
        StoredFloats.write(dtype, floats, 0, count, MemorySegment.ofArray(bytes), 0);
        return bytes(count);
    }

    void decode(int count) {
        StoredFloats.read(dtype, MemorySegment.ofArray(bytes), 0, floats, 0, count);
    }
}
