package io.github.hanllama.core.engine.support;

import io.github.hanllama.quant.BlockCodec;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;

/**
 * Keys or values of one position and head as they are exchanged: in the type's own layout, the last block padded with
 * zeros where a row does not fill it. Not thread-safe.
 */
public final class KvRows {
    private final DType type;
    private final int headDim;
    private final float[] padded;

    public KvRows(DType type, int headDim) {
        this.type = type;
        this.headDim = headDim;
        this.padded = new float[Math.ceilDiv(headDim, type.blockSize()) * type.blockSize()];
    }

    /** Bytes of a row. */
    int bytes() {
        return Math.toIntExact(type.bytes(padded.length));
    }

    void encode(float[] source, int at, MemorySegment target, long offset) {
        System.arraycopy(source, at, padded, 0, headDim);
        if (type.isBlocks()) {
            BlockCodec.of(type).quantize(padded, 0, padded.length, target, offset);
        } else {
            StoredFloats.write(type, padded, 0, padded.length, target, offset);
        }
    }

    void decode(MemorySegment source, long offset, float[] target, int at) {
        if (type.isBlocks()) {
            BlockCodec.of(type).dequantize(source, offset, padded, 0, padded.length);
        } else {
            StoredFloats.read(type, source, offset, padded, 0, padded.length);
        }
        System.arraycopy(padded, 0, target, at, headDim);
    }

    /** Rounds a row to the type. */
    public void round(float[] row, int at) {
        MemorySegment stored = MemorySegment.ofArray(new byte[bytes()]);
        encode(row, at, stored, 0);
        decode(stored, 0, row, at);
    }
}
