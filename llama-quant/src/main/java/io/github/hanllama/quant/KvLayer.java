package io.github.hanllama.quant;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Keys and values of one layer of one sequence, in blocks of 32 positions that are allocated when first needed.
 *
 * <p>Both halves of a block are f32 strips as {@link PackedMatrix} has them, so attention runs on the matrix kernels: keys
 * (heads, headDim, 32 positions) with a position per lane, values (heads, headDim / 32, 32 positions, 32) with a dimension
 * per lane.
 *
 * <p>Threads may put and get different heads or positions at a time; {@link #reserve} is for one thread alone.
 */
public final class KvLayer {
    static final int BLOCK = PackedMatrix.STRIP;

    private final int heads;
    private final int headDim;
    private final Arena arena;
    private final List<MemorySegment> blocks = new ArrayList<>();

    /** @param arena owns the blocks; it must be usable from every thread that computes */
    public KvLayer(int heads, int headDim, Arena arena) {
        this.heads = heads;
        this.headDim = headDim;
        this.arena = arena;
    }

    /** Bytes that many positions take, in whole blocks. */
    public static long byteSize(int heads, int headDim, int positions) {
        return Math.ceilDiv(positions, BLOCK) * blockBytes(heads, headDim);
    }

    private static long blockBytes(int heads, int headDim) {
        return DType.F32.bytes((long) heads * BLOCK * (headDim + strips(headDim) * PackedMatrix.STRIP));
    }

    /** Makes room for positions up to, not including, {@code positions}. */
    public void reserve(int positions) {
        while (blocks.size() * BLOCK < positions) {
            blocks.add(arena.allocate(blockBytes(heads, headDim), PackedMatrix.STRIP));
        }
    }

    /** Copies the first positions of a layer of the same shape. */
    public void copyFrom(KvLayer source, int positions) {
        reserve(positions);
        for (int block = 0; block * BLOCK < positions; block++) {
            blocks.get(block).copyFrom(source.blocks.get(block));
        }
    }

    /** Stores the key of one head, rotated, from {@code source[at..]}. */
    public void putKey(int head, int position, float[] source, int at) {
        Objects.checkFromIndexSize(at, headDim, source.length);
        MemorySegment block = block(position);
        long to = keys(head) + DType.F32.bytes(position % BLOCK);
        for (int d = 0; d < headDim; d++) {
            block.set(StoredFloats.FLOAT, to + DType.F32.bytes((long) d * BLOCK), source[at + d]);
        }
    }

    /** Reads the key of one head. */
    public void getKey(int head, int position, float[] target, int at) {
        Objects.checkFromIndexSize(at, headDim, target.length);
        MemorySegment block = block(position);
        long from = keys(head) + DType.F32.bytes(position % BLOCK);
        for (int d = 0; d < headDim; d++) {
            target[at + d] = block.get(StoredFloats.FLOAT, from + DType.F32.bytes((long) d * BLOCK));
        }
    }

    /** Stores the value of one head from {@code source[at..]}. */
    public void putValue(int head, int position, float[] source, int at) {
        for (int strip = 0; strip < strips(); strip++) {
            int done = strip * PackedMatrix.STRIP;
            MemorySegment.copy(
                    source, at + done, block(position), StoredFloats.FLOAT, value(head, strip, position), width(strip));
        }
    }

    /** Reads the value of one head. */
    public void getValue(int head, int position, float[] target, int at) {
        for (int strip = 0; strip < strips(); strip++) {
            int done = strip * PackedMatrix.STRIP;
            MemorySegment.copy(
                    block(position), StoredFloats.FLOAT, value(head, strip, position), target, at + done, width(strip));
        }
    }

    private long value(int head, int strip, int position) {
        return values(head, strip) + DType.F32.bytes((long) position % BLOCK * PackedMatrix.STRIP);
    }

    private int width(int strip) {
        return Math.min(PackedMatrix.STRIP, headDim - strip * PackedMatrix.STRIP);
    }

    int headDim() {
        return headDim;
    }

    int strips() {
        return strips(headDim);
    }

    private static int strips(int headDim) {
        return Math.ceilDiv(headDim, PackedMatrix.STRIP);
    }

    /** The block a position is in. */
    MemorySegment block(int position) {
        return blocks.get(position / BLOCK);
    }

    /** Byte offset in a block of a head's keys, (headDim, BLOCK). */
    long keys(int head) {
        return DType.F32.bytes((long) Objects.checkIndex(head, heads) * headDim * BLOCK);
    }

    /** Byte offset in a block of a head's values, 32 dimensions of them, (BLOCK, 32). */
    long values(int head, int strip) {
        long allKeys = (long) heads * headDim * BLOCK;
        long before = ((long) Objects.checkIndex(head, heads) * strips() + strip) * BLOCK * PackedMatrix.STRIP;
        return DType.F32.bytes(allKeys + before);
    }
}
