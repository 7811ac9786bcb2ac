package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.HALVES;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.WORD;

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
    private static final long NIBBLES = 0x0f * BlockPair.BYTES;
    private static final long FOUR_BITS = 0x0000_000f_0000_000fL;
    private static final long LOWEST_BYTES = 0x0000_00ff_0000_00ffL;
    /** Multiplied by four bits, each of them becomes the lowest of a byte. */
    private static final int SPREAD = 0x00204081;

    private final BlockLayout layout;
    private final int units;
    private final int unitBlocks;
    private final int blockBytes;
    private final int bits;
    private final int levelsAt;
    private final int scalesStep;
    private final byte[] blocks; // as in the strip
    private final byte[] scales; // likewise, where they are in front of all strips
    private final long[] levels = new long[BLOCK / Integer.BYTES];
    private int lane;

    /** @param units most there are at a time */
    LaneRun(BlockLayout layout, int units) {
        this.layout = layout;
        this.units = units;
        this.unitBlocks = layout.unitBlocks();
        this.blockBytes = layout.blockBytes();
        this.bits = layout.bits();
        this.levelsAt = layout.levelsAt();
        this.scalesStep = layout.scalesStep();
        this.blocks = new byte[units * unitBlocks * blockBytes];
        this.scales = layout.grouped() ? new byte[units * layout.scaleBytes()] : blocks;
    }

    /** The most there are at a time. */
    int units() {
        return units;
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
    byte[] blocks() {
        return blocks;
    }

    /** The scales of the units, in f16. */
    void putScale(int unit, int halves) {
        putHalves(unit, 0, halves);
    }

    /** What is added, in f16, in types with offsets. */
    void putOffset(int unit, int halves) {
        putHalves(unit, HALVES, halves);
    }

    /** The same with the other sign. */
    void putNegatedOffset(int unit, int halves) {
        putOffset(unit, halves ^ 0x8000_8000);
    }

    private void putHalves(int unit, int at, int halves) {
        BlockBytes.putWord(scales, unit * scalesStep + at + Short.BYTES * lane, halves);
    }

    /** A byte of factors of each of four groups, from that group on, of which a block has two. */
    void putFactors(int unit, int group, long fourFactors) {
        putFactorPair(unit, group / 2, fourFactors);
        putFactorPair(unit, group / 2 + 1, fourFactors >>> 16);
    }

    /** Those of a block of the unit, two bytes of either row. */
    private void putFactorPair(int unit, int block, long pairs) {
        int at = (unit * unitBlocks + block) * blockBytes + Short.BYTES * lane;
        BlockBytes.putWord(blocks, at, (int) (pairs & 0xffff | pairs >>> 32 << 16));
    }

    /** What four groups multiply the scale by, from that group on, and what the offset; a block is a group. */
    void putFactors(int unit, int group, long fourFactors, long fourOffsets) {
        for (int i = 0; i < 4; i++) {
            long pairs = fourFactors >>> 8 * i & LOWEST_BYTES | (fourOffsets >>> 8 * i & LOWEST_BYTES) << 8;
            putFactorPair(unit, group + i, pairs);
        }
    }

    /** Four levels of the next block that is {@link #pack packed}. */
    void level(int word, long fourLevels) {
        levels[word] = fourLevels;
    }

    /** Packs the 32 levels there are, of two, three or five bits, as a block of the units. */
    void pack(int unit, int block) {
        LevelPacker.pack(bits, levels, blocks, levelsAt(unit, block));
    }

    /** One of the four words of a block of the units, where levels have four bits. */
    void putWord(int unit, int block, int word, long words) {
        BlockBytes.putTwoWords(blocks, levelsAt(unit, block) + word * WORD, words);
    }

    /** Packs 16 levels of six bits, four to a word, as half a block of the units. */
    void packHalfOfSix(int unit, int block, int half, long first, long second, long third, long fourth) {
        LevelPacker.packHalfOfSix(first, second, third, fourth, blocks, levelsAt(unit, block) + half * 3 * WORD);
    }

    private int levelsAt(int unit, int block) {
        return (unit * unitBlocks + block) * blockBytes + levelsAt + Integer.BYTES * lane;
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

    /** Moves units of rows that begin in a lane to the strip: all rows in long runs, some of them word by word. */
    void moveTo(BlockStrip strip, int unit, int units, int inStrip, int rows) {
        int block = unit * unitBlocks;
        int count = units * unitBlocks;
        int scaleBytes = layout.grouped() ? units * layout.scaleBytes() : 0;
        if (rows == ROWS) {
            move(blocks, 0, strip, strip.blockAt(block), count * blockBytes);
            move(scales, 0, strip, strip.scalesAt(unit), scaleBytes);
            return;
        }
        for (int at = 0; at < count * blockBytes; at += blockBytes) {
            int words = at + levelsAt;
            moveLanes(blocks, at, words, Short.BYTES, strip, strip.blockAt(block), inStrip, rows);
            moveLanes(blocks, words, at + blockBytes, Integer.BYTES, strip, strip.blockAt(block), inStrip, rows);
        }
        moveLanes(scales, 0, scaleBytes, Short.BYTES, strip, strip.scalesAt(unit), inStrip, rows);
    }

    private static void moveLanes(
            byte[] from, int at, int end, int laneBytes, BlockStrip strip, long to, int inStrip, int rows) {
        for (int i = at; i < end; i += ROWS * laneBytes) {
            int first = i + inStrip * laneBytes;
            move(from, first, strip, to + first, rows * laneBytes);
        }
    }

    private static void move(byte[] from, int at, BlockStrip strip, long to, int count) {
        MemorySegment.copy(from, at, strip.weights(), ValueLayout.JAVA_BYTE, to, count);
    }
}
