package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.HALVES;
import static io.github.hanllama.quant.BlockLayout.ROWS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Some units of a {@link BlockStrip} on their way: codecs put the blocks of two rows at a time into their lanes, then all
 * rows move at once.
 *
 * <p>A word of both rows is a long, as {@link BlockPair} says. Levels come four to a word, consecutive ones in consecutive
 * bytes, unsigned but for eight bits; an operation on a long is one on eight levels. The arrays fit the first-level cache, so
 * that memory is only ever touched in runs.
 */
final class LaneRun {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(StoredFloats.SHORT.order());
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(StoredFloats.SHORT.order());
    /** Longs of a word of all rows. */
    private static final int LONGS = ROWS / 2;

    private static final long NIBBLES = 0x0f * BlockPair.BYTES;
    private static final long FOUR_BITS = 0x0000_000f_0000_000fL;
    private static final long LOWEST_BYTES = 0x0000_00ff_0000_00ffL;
    /** Multiplied by four bits, each of them becomes the lowest of a byte. */
    private static final int SPREAD = 0x00204081;

    private final BlockLayout layout;
    private final int unitLongs; // of all rows
    private final int blockLongs;
    private final int scaleBytes;
    private final int factorBytes; // of all rows of a unit
    private final long[] words; // (blocks, bits, LONGS)
    private final byte[] scales; // as in the strip
    private final byte[] factors; // likewise
    private final long[] levels = new long[BLOCK / Integer.BYTES];
    private int lane;

    /** @param units most there are at a time */
    LaneRun(BlockLayout layout, int units) {
        this.layout = layout;
        this.blockLongs = layout.bits() * LONGS;
        this.unitLongs = layout.unit() / BLOCK * blockLongs;
        this.scaleBytes = layout.scaleBytes();
        this.factorBytes = layout.factorPairs() * HALVES;
        this.words = new long[units * unitLongs];
        this.scales = new byte[units * scaleBytes];
        this.factors = new byte[units * factorBytes];
    }

    /** What is put from here on belongs to the row in that lane, which is even, and to the next row. */
    void begin(int row) {
        lane = row;
    }

    /** The even one of the two lanes. */
    int lane() {
        return lane;
    }

    /** For {@link WordMover}. */
    long[] words() {
        return words;
    }

    /** For {@link WordMover}. */
    byte[] scales() {
        return scales;
    }

    /** The scales of the units, in f16. */
    void putScale(int unit, int halves) {
        BlockBytes.putWord(scales, unit * scaleBytes + Short.BYTES * lane, halves);
    }

    /** What is added, in f16, in types with offsets. */
    void putOffset(int unit, int halves) {
        BlockBytes.putWord(scales, unit * scaleBytes + HALVES + Short.BYTES * lane, halves);
    }

    /** The same with the other sign. */
    void putNegatedOffset(int unit, int halves) {
        putOffset(unit, halves ^ 0x8000_8000);
    }

    /** What four groups multiply the scale by, from that group on, in types without offsets. */
    void putFactors(int unit, int group, long fourFactors) {
        int at = unit * factorBytes + group / 2 * HALVES + Short.BYTES * lane;
        putFactorPair(at, fourFactors);
        putFactorPair(at + HALVES, fourFactors >>> 16);
    }

    /** Two bytes of either row. */
    private void putFactorPair(int at, long pairs) {
        BlockBytes.putWord(factors, at, (int) (pairs & 0xffff | pairs >>> 32 << 16));
    }

    /** What four groups multiply the scale by, from that group on, and what the offset. */
    void putFactors(int unit, int group, long fourFactors, long fourOffsets) {
        int at = unit * factorBytes + group * HALVES + Short.BYTES * lane;
        for (int i = 0; i < 4; i++) {
            long pairs = fourFactors >>> 8 * i & LOWEST_BYTES | (fourOffsets >>> 8 * i & LOWEST_BYTES) << 8;
            putFactorPair(at + i * HALVES, pairs);
        }
    }

    /** Four levels of the next block that is {@link #pack packed}. */
    void level(int word, long fourLevels) {
        levels[word] = fourLevels;
    }

    /** Packs the 32 levels there are as a block of the units. */
    void pack(int unit, int block) {
        LevelPacker.pack(layout.bits(), levels, words, unit * unitLongs + block * blockLongs + lane / 2, LONGS);
    }

    /** Units of 32 levels: the first 16 in the low halves of 16 bytes, the others in the high halves, fifth bits apart. */
    void putNibbles(int unit, BlockPair blocks, int at, long fifths) {
        for (int i = 0; i < 4; i++) {
            long nibbles = blocks.words(at + 4 * i);
            level(i, nibbles & NIBBLES | spread(fifths >>> 4 * i) << 4);
            level(i + 4, nibbles >>> 4 & NIBBLES | spread(fifths >>> 4 * i + 16) << 4);
        }
        pack(unit, 0);
    }

    private static long spread(long bits) {
        return (bits & FOUR_BITS) * SPREAD & BlockPair.BYTES;
    }

    /** Moves units of rows that begin in a lane to the strip; a whole strip is two runs, a part of one as many as lanes. */
    void moveTo(BlockStrip strip, int unit, int units, int inStrip, int rows) {
        long levelsAt = strip.levelsAt(unit * (layout.unit() / BLOCK));
        int count = units * unitLongs;
        int scaleCount = units * scaleBytes;
        int factorCount = units * factorBytes;
        if (rows == ROWS) {
            MemorySegment.copy(words, 0, strip.weights(), LONG, levelsAt, count);
            moveBytes(scales, 0, strip, strip.scalesAt(unit), scaleCount);
            moveBytes(factors, 0, strip, strip.factorsAt(unit), factorCount);
            return;
        }
        for (int i = 0; i < count; i += LONGS) {
            moveWord(strip, levelsAt + 8L * i, i, inStrip, rows);
        }
        moveHalves(scales, scaleCount, strip, strip.scalesAt(unit), inStrip, rows);
        moveHalves(factors, factorCount, strip, strip.factorsAt(unit), inStrip, rows);
    }

    private void moveWord(BlockStrip strip, long to, int from, int inStrip, int rows) {
        for (int row = inStrip; row < inStrip + rows; row++) {
            long both = words[from + row / 2];
            strip.weights().set(INT, to + 4L * row, (int) (both >>> row % 2 * Integer.SIZE));
        }
    }

    private static void moveHalves(byte[] from, int count, BlockStrip strip, long to, int inStrip, int rows) {
        for (int at = Short.BYTES * inStrip; at < count; at += HALVES) {
            moveBytes(from, at, strip, to + at, Short.BYTES * rows);
        }
    }

    private static void moveBytes(byte[] from, int at, BlockStrip strip, long to, int count) {
        MemorySegment.copy(from, at, strip.weights(), ValueLayout.JAVA_BYTE, to, count);
    }
}
