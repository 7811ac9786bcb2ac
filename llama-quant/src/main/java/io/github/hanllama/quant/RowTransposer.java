package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Moves rows into their lanes of one strip of a {@link PackedMatrix}: (rows, columns) to (columns, STRIP).
 *
 * <p>Goes through blocks that fit the first-level cache, so that memory is only ever touched in runs.
 *
 * @param inStrip lane of the first row
 */
record RowTransposer(int columns, int inStrip, int rows) {
    private static final int STRIP = PackedMatrix.STRIP;
    private static final int BLOCK = 128;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(StoredFloats.SHORT.order());

    void transpose(DType type, MemorySegment source, long from, MemorySegment target, long to) {
        if (type == DType.F32) {
            transposeInts(source, from, target, to);
        } else {
            transposeShorts(source, from, target, to);
        }
    }

    private void transposeInts(MemorySegment source, long from, MemorySegment target, long to) {
        int[] in = new int[BLOCK];
        int[] out = new int[BLOCK * STRIP];
        for (int k = 0; k < columns; k += BLOCK) {
            int depth = Math.min(BLOCK, columns - k);
            for (int r = 0; r < rows; r++) {
                MemorySegment.copy(source, INT, from + 4 * ((long) r * columns + k), in, 0, depth);
                for (int i = 0; i < depth; i++) {
                    out[i * STRIP + inStrip + r] = in[i];
                }
            }
            int run = rows == STRIP ? depth * STRIP : rows; // a full strip is one run
            for (int i = 0; i < depth * STRIP; i += rows == STRIP ? run : STRIP) {
                long at = to + 4 * ((long) k * STRIP + i + inStrip);
                MemorySegment.copy(out, i + inStrip, target, INT, at, run);
            }
        }
    }

    private void transposeShorts(MemorySegment source, long from, MemorySegment target, long to) {
        short[] in = new short[BLOCK];
        short[] out = new short[BLOCK * STRIP];
        for (int k = 0; k < columns; k += BLOCK) {
            int depth = Math.min(BLOCK, columns - k);
            for (int r = 0; r < rows; r++) {
                MemorySegment.copy(source, StoredFloats.SHORT, from + 2 * ((long) r * columns + k), in, 0, depth);
                for (int i = 0; i < depth; i++) {
                    out[i * STRIP + inStrip + r] = in[i];
                }
            }
            int run = rows == STRIP ? depth * STRIP : rows; // a full strip is one run
            for (int i = 0; i < depth * STRIP; i += rows == STRIP ? run : STRIP) {
                long at = to + 2 * ((long) k * STRIP + i + inStrip);
                MemorySegment.copy(out, i + inStrip, target, StoredFloats.SHORT, at, run);
            }
        }
    }
}
