package io.github.hanllama.core.engine.support;

import io.github.hanllama.quant.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** A bounded run of head rows on its way between a storage (f32) and a channel (the exchanged type). */
final class KvValues {
    private static final int TARGET_FLOATS = 1 << 14;

    private final KvRows rows;
    private final int headDim;
    private final int positions;
    private final float[] floats;
    private final byte[] bytes;

    KvValues(DType dtype, int headDim) {
        this.rows = new KvRows(dtype, headDim);
        this.headDim = headDim;
        this.positions = Math.max(1, TARGET_FLOATS / headDim);
        this.floats = new float[positions * headDim];
        this.bytes = new byte[Math.multiplyExact(positions, rows.bytes())];
    }

    /** Most positions of one run. */
    int positions() {
        return positions;
    }

    float[] floats() {
        return floats;
    }

    /** The room for that many positions as exchanged. */
    ByteBuffer bytes(int count) {
        return ByteBuffer.wrap(bytes, 0, count * rows.bytes());
    }

    ByteBuffer encode(int count) {
        for (int i = 0; i < count; i++) {
            rows.encode(floats, i * headDim, MemorySegment.ofArray(bytes), (long) i * rows.bytes());
        }
        return bytes(count);
    }

    void decode(int count) {
        for (int i = 0; i < count; i++) {
            rows.decode(MemorySegment.ofArray(bytes), (long) i * rows.bytes(), floats, i * headDim);
        }
    }
}
