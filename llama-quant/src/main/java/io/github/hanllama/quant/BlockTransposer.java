package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.VECTOR;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Moves rows of Q4_0 or Q8_0, an f16 and the words of 32 levels to a block, into their lanes: the words stay as they are.
 *
 * <p>Goes through arrays that fit the first-level cache, so that memory is only ever touched in runs.
 *
 * @param inStrip lane of the first row
 */
record BlockTransposer(BlockStrip strip, int inStrip, int rows) {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(StoredFloats.SHORT.order());
    private static final int RUN = 8;

    static boolean canMove(BlockLayout layout) {
        return layout.type() == DType.Q4_0 || layout.type() == DType.Q8_0;
    }

    /** @param from byte of the first row's first block; rows follow each other */
    void move(MemorySegment source, long from) {
        int bits = strip.layout().bits();
        int[] words = new int[RUN * bits * ROWS];
        short[] scales = new short[RUN * ROWS];
        long blockBytes = strip.layout().type().blockBytes();
        for (int block = 0; block < strip.blocks(); block += RUN) {
            int blocks = Math.min(RUN, strip.blocks() - block);
            for (int row = 0; row < rows; row++) {
                long at = from + ((long) row * strip.blocks() + block) * blockBytes;
                read(source, at, blocks, bits, words, scales, inStrip + row);
            }
            write(block, blocks, words, scales);
        }
    }

    private static void read(
            MemorySegment source, long from, int blocks, int bits, int[] words, short[] scales, int lane) {
        long at = from;
        for (int block = 0; block < blocks; block++) {
            scales[block * ROWS + lane] = source.get(StoredFloats.SHORT, at);
            int to = block * bits * ROWS + lane;
            for (int word = 0; word < bits; word++) {
                words[to + word * ROWS] = source.get(INT, at + Short.BYTES + 4L * word);
            }
            at += Short.BYTES + 4L * bits;
        }
    }

    /** A whole strip is one run, a part of one a run for every vector. */
    private void write(int block, int blocks, int[] words, short[] scales) {
        int vectors = blocks * strip.layout().bits();
        if (rows == ROWS) {
            MemorySegment.copy(words, 0, strip.weights(), INT, strip.levelsAt(block), vectors * ROWS);
            MemorySegment.copy(scales, 0, strip.weights(), StoredFloats.SHORT, strip.scalesAt(block), blocks * ROWS);
            return;
        }
        for (int i = 0; i < vectors; i++) {
            long to = strip.levelsAt(block) + (long) i * VECTOR + 4 * inStrip;
            MemorySegment.copy(words, i * ROWS + inStrip, strip.weights(), INT, to, rows);
        }
        for (int i = 0; i < blocks; i++) {
            long to = strip.scalesAt(block + i) + 2 * inStrip;
            MemorySegment.copy(scales, i * ROWS + inStrip, strip.weights(), StoredFloats.SHORT, to, rows);
        }
    }
}
