package io.github.hanllama.pytorch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** Rows of Q4_0 on their way: as many as {@link Int4Script} puts side by side in a block, in native buffers used again. */
final class Int4Block {
    /** Bytes: a scale, then levels of columns 0 to 15 in the low bits and 16 to 31 in the high ones. */
    private static final int STORED_GROUP = 18;

    private static final int SCALE_BYTES = 2;
    private static final ValueLayout.OfShort SCALE =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int columns;
    private final int half;
    private final byte[] block; // (columns, half)
    private final ByteBuffer levels;
    private final ByteBuffer scales; // (rows, groups) in f32
    private int rows;

    Int4Block(int columns, int half) {
        this.columns = columns;
        this.half = half;
        block = new byte[Math.multiplyExact(columns, half)];
        levels = ByteBuffer.allocateDirect(block.length);
        scales = ByteBuffer.allocateDirect(Math.multiplyExact(2 * half * Float.BYTES, columns / Int4Script.GROUP))
                .order(ByteOrder.nativeOrder());
    }

    /** Adds the next row: groups of a scale and levels, from byte {@code at} on. */
    void add(MemorySegment stored, long at) {
        FloatBuffer factors = scales.asFloatBuffer().position(rows * (columns / Int4Script.GROUP));
        int shift = rows < half ? 0 : 4;
        for (int column = 0; column < columns; column += Int4Script.GROUP) {
            long group = at + (long) column / Int4Script.GROUP * STORED_GROUP;
            factors.put(Float.float16ToFloat(stored.get(SCALE, group)));
            addLevels(stored, group + SCALE_BYTES, column, shift);
        }
        rows++;
    }

    private void addLevels(MemorySegment stored, long at, int column, int shift) {
        int pairs = Int4Script.GROUP / 2;
        int lane = rows % half;
        for (int i = 0; i < pairs; i++) {
            int pair = stored.get(ValueLayout.JAVA_BYTE, at + i);
            block[(column + i) * half + lane] |= (byte) ((pair & 15) << shift);
            block[(column + pairs + i) * half + lane] |= (byte) ((pair >> 4 & 15) << shift);
        }
    }

    int columns() {
        return columns;
    }

    int rows() {
        return rows;
    }

    boolean full() {
        return rows == 2 * half;
    }

    /** (columns, half), of rows not added zeros. */
    ByteBuffer levels() {
        return levels.put(0, block);
    }

    /** (rows, columns / 32) in f32. */
    ByteBuffer scales() {
        return scales.duplicate().order(ByteOrder.nativeOrder()).limit(scales.capacity() / (2 * half) * rows);
    }

    void clear() {
        rows = 0;
        Arrays.fill(block, (byte) 0);
    }
}
