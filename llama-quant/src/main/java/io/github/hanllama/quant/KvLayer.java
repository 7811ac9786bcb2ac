package io.github.hanllama.quant;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Keys and values of one layer of one sequence, in blocks of 32 positions that are allocated when first needed.
 *
 * <p>A block is tiles of 32 dimensions, (heads, headDim / 32) for the keys, then as many for the values: a tile of keys has
 * (dimensions, 32 positions), one of values (32 positions, 32 dimensions). Numbers are rounded to the type when they are
 * put; what is computed with them is their value in f32.
 *
 * <p>Threads may put and get different heads or positions at a time; {@link #reserve} is for one thread alone.
 */
public final class KvLayer {
    /** Positions of a block, rows and lanes of a tile. */
    static final int BLOCK = 32;

    static final long ALIGNMENT = 64;

    private final KvTiles tiles;
    private final int heads;
    private final int headDim;
    private final long keyBytes; // of one head
    private final long tileBytes; // of 32 rows
    private final Arena arena;
    private final List<MemorySegment> blocks = new ArrayList<>();

    /**
     * @param type {@link DType#F32}, {@link DType#F16} or {@link DType#Q8_0}
     * @param arena owns the blocks; it must be usable from every thread that computes
     */
    public KvLayer(DType type, int heads, int headDim, Arena arena) {
        this.tiles = KvTiles.of(type);
        this.heads = heads;
        this.headDim = headDim;
        this.keyBytes = keyBytes(tiles, headDim);
        this.tileBytes = tiles.bytes(BLOCK);
        this.arena = arena;
    }

    /** Bytes that many positions take, in whole blocks. */
    public static long byteSize(DType type, int heads, int headDim, int positions) {
        return Math.ceilDiv(positions, BLOCK) * blockBytes(KvTiles.of(type), heads, headDim);
    }

    private static long blockBytes(KvTiles tiles, int heads, int headDim) {
        return heads * (keyBytes(tiles, headDim) + strips(headDim) * tiles.bytes(BLOCK));
    }

    /** Bytes of the keys of one head. */
    private static long keyBytes(KvTiles tiles, int headDim) {
        int last = strips(headDim) - 1;
        return last * tiles.bytes(BLOCK) + tiles.bytes(headDim - last * BLOCK);
    }

    /** Makes room for positions up to, not including, {@code positions}. */
    public void reserve(int positions) {
        while (blocks.size() * BLOCK < positions) {
            blocks.add(arena.allocate(blockBytes(tiles, heads, headDim), ALIGNMENT));
        }
    }

    /** Copies the first positions of a layer of the same shape and type. */
    public void copyFrom(KvLayer source, int positions) {
        reserve(positions);
        for (int block = 0; block * BLOCK < positions; block++) {
            blocks.get(block).copyFrom(source.blocks.get(block));
        }
    }

    /** Stores the key of one head, rotated, from {@code source[at..]}. */
    public void putKey(int head, int position, float[] source, int at) {
        put(KvSide.KEYS, head, position, source, at);
    }

    /** Reads the key of one head. */
    public void getKey(int head, int position, float[] target, int at) {
        get(KvSide.KEYS, head, position, target, at);
    }

    /** Stores the value of one head from {@code source[at..]}. */
    public void putValue(int head, int position, float[] source, int at) {
        put(KvSide.VALUES, head, position, source, at);
    }

    /** Reads the value of one head. */
    public void getValue(int head, int position, float[] target, int at) {
        get(KvSide.VALUES, head, position, target, at);
    }

    private void put(KvSide side, int head, int position, float[] source, int at) {
        Objects.checkFromIndexSize(at, headDim, source.length);
        MemorySegment block = block(position);
        for (int strip = 0; strip < strips(); strip++) {
            int from = at + strip * BLOCK;
            tiles.put(side, position % BLOCK, source, from, width(strip), block, tile(side, head, strip));
        }
    }

    private void get(KvSide side, int head, int position, float[] target, int at) {
        Objects.checkFromIndexSize(at, headDim, target.length);
        MemorySegment block = block(position);
        for (int strip = 0; strip < strips(); strip++) {
            int to = at + strip * BLOCK;
            tiles.get(side, position % BLOCK, block, tile(side, head, strip), target, to, width(strip));
        }
    }

    /** Brings the keys of the block that a position is in to f32, (headDim, 32 positions), tile after tile. */
    void keys(int head, int position, KvPanel panel) {
        widen(KvSide.KEYS, head, position, BLOCK, panel);
    }

    /** Brings values from the start of a block to f32, a tile (32 positions, 32 dimensions) per strip. */
    void values(int head, int position, int positions, KvPanel panel) {
        widen(KvSide.VALUES, head, position, positions, panel);
    }

    private void widen(KvSide side, int head, int position, int positions, KvPanel panel) {
        MemorySegment block = block(position);
        if (tiles.plain()) {
            panel.inPlace(block, tile(side, head, 0));
            return;
        }
        panel.widened();
        for (int strip = 0; strip < strips(); strip++) {
            int rows = side == KvSide.KEYS ? width(strip) : positions;
            tiles.widen(side, block, tile(side, head, strip), rows, panel, strip * KvPanel.TILE);
        }
    }

    int headDim() {
        return headDim;
    }

    /** Tiles of a head in a block. */
    int strips() {
        return strips(headDim);
    }

    private static int strips(int headDim) {
        return Math.ceilDiv(headDim, BLOCK);
    }

    /** Dimensions of a tile. */
    private int width(int strip) {
        return Math.min(BLOCK, headDim - strip * BLOCK);
    }

    private MemorySegment block(int position) {
        return blocks.get(position / BLOCK);
    }

    private long tile(KvSide side, int head, int strip) {
        Objects.checkIndex(head, heads);
        return switch (side) {
            case KEYS -> head * keyBytes + strip * tileBytes;
            case VALUES -> heads * keyBytes + ((long) head * strips() + strip) * tileBytes;
        };
    }
}
