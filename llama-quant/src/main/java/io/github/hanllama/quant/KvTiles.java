package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/**
 * How a {@link KvLayer} stores its tiles, each up to 32 dimensions of 32 positions of one head as (rows, 32) numbers in
 * the order of a {@link KvSide}. Stateless.
 */
abstract sealed class KvTiles permits PlainKvTiles, Q8_0KvTiles {
    private final DType type;

    KvTiles(DType type) {
        this.type = type;
    }

    /** @throws IllegalArgumentException when keys and values are not kept in that type */
    static KvTiles of(DType type) {
        return switch (type) {
            case F32, F16 -> new PlainKvTiles(type);
            case Q8_0 -> new Q8_0KvTiles();
            default ->
                throw new IllegalArgumentException("keys and values are kept in F32, F16 or Q8_0, not in " + type);
        };
    }

    DType type() {
        return type;
    }

    /** Bytes of a tile. */
    abstract long bytes(int rows);

    /** Stores dimensions 0 to {@code count} of a position, rounded to the type. */
    abstract void put(KvSide side, int position, float[] source, int at, int count, MemorySegment block, long tile);

    /** Reads them. */
    abstract void get(KvSide side, int position, MemorySegment block, long tile, float[] target, int at, int count);

    /** Whether tiles are f32 as they are stored. */
    abstract boolean plain();

    /** Widens a tile to f32, exactly, into {@link KvPanel#widened} from there on. */
    abstract void widen(KvSide side, MemorySegment block, long tile, int rows, KvPanel panel, int at);
}
