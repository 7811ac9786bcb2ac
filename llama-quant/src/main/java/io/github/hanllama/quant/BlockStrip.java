package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.HALVES;
import static io.github.hanllama.quant.BlockLayout.WORD;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One strip of a {@link BlockMatrix}; row by row, as only the plain loops read it.
 *
 * @param at byte at which it begins
 * @param ahead byte at which its part in front of all strips begins
 */
record BlockStrip(BlockLayout layout, int columns, MemorySegment weights, long at, long ahead) {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(StoredFloats.SHORT.order());

    int blocks() {
        return columns / BLOCK;
    }

    /** A neighbour, so many strips further. */
    BlockStrip after(int strips) {
        return new BlockStrip(
                layout,
                columns,
                weights,
                at + strips * layout.stripBytes(columns),
                ahead + strips * layout.aheadBytes(columns));
    }

    /** Byte at which a block begins. */
    long blockAt(int block) {
        return at + (long) block * layout.blockBytes();
    }

    /** Byte at which a block's levels begin. */
    long levelsAt(int block) {
        return blockAt(block) + layout.levelsAt();
    }

    /** Byte at which a unit's scales begin. */
    long scalesAt(int unit) {
        return (layout.grouped() ? ahead : at) + (long) unit * layout.scalesStep();
    }

    /** Byte at which the factors of a block begin. */
    long factorsAt(int block) {
        return blockAt(block);
    }

    /** The 32 levels of a block of a row. */
    void levels(int row, int block, int[] levels) {
        int[] words = new int[layout.bits()];
        for (int i = 0; i < words.length; i++) {
            words[i] = weights.get(INT, levelsAt(block) + i * WORD + 4 * row);
        }
        if (layout.bits() < Byte.SIZE) {
            LevelBits.unpack(layout.bits(), words, 0, 1, levels, 0);
            return;
        }
        for (int k = 0; k < BLOCK; k++) {
            levels[k] = (byte) (words[k / 4] >> k % 4 * 8);
        }
    }

    /** What a group's levels are multiplied by. */
    float scale(int row, int group) {
        return part(row, group, 0);
    }

    /** What is added to them then; zero in types without. */
    float offset(int row, int group) {
        return layout.offsets() ? part(row, group, 1) : 0;
    }

    private float part(int row, int group, int part) {
        long from = scalesAt(group / layout.groups()) + part * HALVES;
        float half = HalfFloats.f16ToFloat(weights.get(StoredFloats.SHORT, from + 2 * row));
        return layout.grouped() ? half * factor(row, group, part) : half;
    }

    private int factor(int row, int group, int part) {
        int groups = BLOCK / layout.group();
        long pair = factorsAt(group / groups) + 2 * row;
        if (layout.factorsOfFourBits()) {
            return weights.get(ValueLayout.JAVA_BYTE, pair + group % groups) >> 4 * part & 15;
        }
        return weights.get(ValueLayout.JAVA_BYTE, pair + (layout.offsets() ? part : group % groups));
    }

    /** The weights of a block of a row, as {@link BlockCodec} has them. */
    void read(int row, int block, float[] values, int to) {
        int[] levels = new int[BLOCK];
        levels(row, block, levels);
        for (int k = 0; k < BLOCK; k += layout.group()) {
            int group = (block * BLOCK + k) / layout.group();
            float scale = scale(row, group);
            float offset = offset(row, group);
            for (int i = k; i < k + layout.group(); i++) {
                values[to + i] = layout.offsets() ? scale * levels[i] + offset : scale * (levels[i] - layout.middle());
            }
        }
    }
}
