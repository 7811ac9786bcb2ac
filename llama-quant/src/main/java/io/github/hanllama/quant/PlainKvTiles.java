package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/** F32 and F16, number by number. */
final class PlainKvTiles extends KvTiles {
    private final int numberBytes;

    PlainKvTiles(DType type) {
        super(type);
        this.numberBytes = type.blockBytes();
    }

    @Override
    long bytes(int rows) {
        return (long) numberBytes * KvLayer.BLOCK * rows;
    }

    @Override
    void put(KvSide side, int position, float[] source, int at, int count, MemorySegment block, long tile) {
        for (int i = 0; i < count; i++) {
            long to = tile + (long) numberBytes * side.index(position, i);
            if (type() == DType.F32) {
                block.set(StoredFloats.FLOAT, to, source[at + i]);
            } else {
                block.set(StoredFloats.SHORT, to, Float.floatToFloat16(source[at + i]));
            }
        }
    }

    @Override
    void get(KvSide side, int position, MemorySegment block, long tile, float[] target, int at, int count) {
        for (int i = 0; i < count; i++) {
            long from = tile + (long) numberBytes * side.index(position, i);
            target[at + i] = type() == DType.F32
                    ? block.get(StoredFloats.FLOAT, from)
                    : Float.float16ToFloat(block.get(StoredFloats.SHORT, from));
        }
    }

    @Override
    boolean plain() {
        return type() == DType.F32;
    }

    @Override
    void widen(KvSide side, MemorySegment block, long tile, int rows, KvPanel panel, int at) {
        int count = rows * KvLayer.BLOCK;
        MemorySegment.copy(block, StoredFloats.SHORT, tile, panel.halves, 0, count);
        for (int i = 0; i < count; i++) { // compiled to the hardware's conversion
            panel.widened[at + i] = Float.float16ToFloat(panel.halves[i]);
        }
    }
}
