package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.VECTOR;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Some units of a {@link BlockStrip} on their way: codecs put the blocks of a row into its lane, then all rows move at
 * once.
 *
 * <p>Levels come four to a word, consecutive ones in consecutive bytes, unsigned but for eight bits; an operation on a word
 * is one on four levels. The arrays fit the first-level cache, so that memory is only ever touched in runs.
 */
final class LaneRun {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(StoredFloats.SHORT.order());
    private static final int NIBBLES = 0x0f0f0f0f;
    private static final int ONES = 0x01010101;
    /** Multiplied by four bits, each of them becomes the lowest of a byte. */
    private static final int SPREAD = 0x00204081;

    private final BlockLayout layout;
    private final int unitWords; // of all rows
    private final int blockWords;
    private final int scaleBytes;
    private final int partBytes;
    private final int[] words; // (blocks, bits, ROWS)
    private final byte[] scales; // as in the strip
    private final int[] levels = new int[BLOCK / Integer.BYTES];
    private int wordAt;
    private int scaleAt;
    private int lane;

    /** @param units most there are at a time */
    LaneRun(BlockLayout layout, int units) {
        this.layout = layout;
        this.blockWords = layout.bits() * ROWS;
        this.unitWords = layout.unit() / BLOCK * blockWords;
        this.scaleBytes = layout.scaleBytes();
        this.partBytes = layout.partBytes();
        this.words = new int[units * unitWords];
        this.scales = new byte[units * scaleBytes];
    }

    /** What is put from here on belongs to that unit of the row in that lane. */
    void begin(int unit, int row) {
        lane = row;
        wordAt = unit * unitWords + row;
        scaleAt = unit * scaleBytes;
    }

    /** The scale of the unit, in f16. */
    void putScale(short half) {
        BlockBytes.putBits(scales, scaleAt + Short.BYTES * lane, half);
    }

    /** What is added, in f16, in types with offsets. */
    void putOffset(short half) {
        BlockBytes.putBits(scales, scaleAt + partBytes + Short.BYTES * lane, half);
    }

    /** The same with the other sign. */
    void putNegatedOffset(short half) {
        putOffset((short) (half ^ 0x8000));
    }

    /** What four groups multiply the scale by, from that group on. */
    void putFactors(int group, int fourFactors) {
        BlockBytes.putWord(scales, scaleAt + BlockLayout.wordOf(group) + Integer.BYTES * lane, fourFactors);
    }

    /** What four groups multiply the offset by, from that group on. */
    void putOffsetFactors(int group, int fourFactors) {
        int at = scaleAt + partBytes + BlockLayout.wordOf(group);
        BlockBytes.putWord(scales, at + Integer.BYTES * lane, fourFactors);
    }

    /** A word of the unit's levels as {@link LevelBits} has them. */
    void putPacked(int word, int packed) {
        words[wordAt + word * ROWS] = packed;
    }

    /** Four levels of the next block that is {@link #pack packed}. */
    void level(int word, int fourLevels) {
        levels[word] = fourLevels;
    }

    /** Packs the 32 levels there are as a block of the unit. */
    void pack(int block) {
        LevelPacker.pack(layout.bits(), levels, words, wordAt + block * blockWords, ROWS);
    }

    /** A unit of 32 levels: the first 16 in the low halves of 16 bytes, the others in the high halves. */
    void putNibbles(byte[] block, int at) {
        for (int i = 0; i < 4; i++) {
            putPacked(i, BlockBytes.word(block, at + 4 * i));
        }
    }

    /** The same with fifth bits apart. */
    void putNibbles(byte[] block, int at, int fifths) {
        for (int i = 0; i < 4; i++) {
            int nibbles = BlockBytes.word(block, at + 4 * i);
            level(i, nibbles & NIBBLES | spread(fifths >>> 4 * i) << 4);
            level(i + 4, nibbles >>> 4 & NIBBLES | spread(fifths >>> 4 * i + 16) << 4);
        }
        pack(0);
    }

    private static int spread(int bits) {
        return (bits & 15) * SPREAD & ONES;
    }

    /** Moves units of rows that begin in a lane to the strip; a whole strip is two runs, a part of one as many as lanes. */
    void moveTo(BlockStrip strip, int unit, int units, int inStrip, int rows) {
        long levelsAt = strip.levelsAt(unit * (layout.unit() / BLOCK));
        int count = units * unitWords;
        int bytes = units * scaleBytes;
        if (rows == ROWS) {
            MemorySegment.copy(words, 0, strip.weights(), INT, levelsAt, count);
            MemorySegment.copy(scales, 0, strip.weights(), ValueLayout.JAVA_BYTE, strip.scalesAt(unit), bytes);
            return;
        }
        for (int i = inStrip; i < count; i += ROWS) {
            MemorySegment.copy(words, i, strip.weights(), INT, levelsAt + 4L * i, rows);
        }
        for (int part = 0; part < bytes; part += partBytes) {
            moveScales(strip, strip.scalesAt(unit), part, inStrip, rows);
        }
    }

    private void moveScales(BlockStrip strip, long to, int part, int inStrip, int rows) {
        moveBytes(strip, to, part + Short.BYTES * inStrip, Short.BYTES * rows);
        for (int word = BlockLayout.wordOf(0); word < partBytes; word += VECTOR) {
            moveBytes(strip, to, part + word + Integer.BYTES * inStrip, Integer.BYTES * rows);
        }
    }

    private void moveBytes(BlockStrip strip, long to, int at, int count) {
        MemorySegment.copy(scales, at, strip.weights(), ValueLayout.JAVA_BYTE, to + at, count);
    }
}
