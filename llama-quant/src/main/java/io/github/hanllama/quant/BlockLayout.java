package io.github.hanllama.quant;

/**
 * Where a {@link BlockMatrix} keeps a block type: strips of 32 rows side by side, int lane i of every word belonging to row i,
 * so that no kernel ever adds two lanes.
 *
 * <p>A strip is blocks of 32 columns one after another. A block's levels are {@code bits} words as in {@link LevelBits} (eight
 * bits: four consecutive columns to a word). In front of them are half words, so that what one token takes lies in one piece: the
 * processor reads ahead of addresses that only ascend, and far less otherwise. They are scales in f16 and, where a type has them,
 * offsets in f16. Types with blocks of 256 have those once for 256 columns, in front of all strips, and in every block factors, small
 * integers that groups of columns multiply them by, two bytes for each row: the scale's and the offset's of one group; without
 * offsets, those of two groups; both of two groups, four bits each.
 *
 * @param bits of a level
 * @param middle taken off a level before it is multiplied in 16 bits, where 16 products would not fit otherwise; without
 *     offsets, the level that stands for zero
 * @param group columns that share a scale
 * @param offsets whether weights are {@code scale * level + offset}, otherwise {@code scale * (level - middle)}
 */
record BlockLayout(DType type, int bits, int middle, int group, boolean offsets) {
    /** Rows side by side, as many as a panel has. */
    static final int ROWS = PackedMatrix.STRIP;
    /** Columns whose levels lie together, the same for every type. */
    static final int BLOCK = LevelBits.COLUMNS;
    /** Bytes of a word of all rows. */
    static final int WORD = ROWS * Integer.BYTES;

    /** Bytes of a half word of all rows: scales, offsets, or pairs of factors. */
    static final int HALVES = ROWS * Short.BYTES;

    static BlockLayout of(DType type) {
        return switch (type) {
            case Q8_0 -> new BlockLayout(type, 8, 0, 32, false);
            case Q4_0 -> new BlockLayout(type, 4, 8, 32, false);
            case Q4_1 -> new BlockLayout(type, 4, 0, 32, true);
            case Q5_0 -> new BlockLayout(type, 5, 16, 32, false);
            case Q5_1 -> new BlockLayout(type, 5, 16, 32, true);
            case Q2_K -> new BlockLayout(type, 2, 0, 16, true);
            case Q3_K -> new BlockLayout(type, 3, 4, 16, false);
            case Q4_K -> new BlockLayout(type, 4, 0, 32, true);
            case Q5_K -> new BlockLayout(type, 5, 16, 32, true);
            case Q6_K -> new BlockLayout(type, 6, 32, 16, false);
            default -> throw new IllegalArgumentException(type + " does not store blocks");
        };
    }

    /** Columns that share an f16 scale. */
    int unit() {
        return type.blockSize();
    }

    /** Blocks that do. */
    int unitBlocks() {
        return unit() / BLOCK;
    }

    /** Whether groups have integers of their own, which the f16 scale is multiplied by. */
    boolean grouped() {
        return unit() > BLOCK;
    }

    /** Whether tokens in f32 meet levels where these are read; those of fewer bits are widened to a panel first. */
    boolean direct() {
        return bits >= 6;
    }

    /** Groups of columns in a unit. */
    int groups() {
        return unit() / group;
    }

    /** Bytes of one unit's scales, and of the offsets that follow them. */
    int scaleBytes() {
        return offsets ? 2 * HALVES : HALVES;
    }

    /** Whether both factors of a group are in one byte, the scale's in the lower four bits. */
    boolean factorsOfFourBits() {
        return grouped() && offsets && group < BLOCK;
    }

    /** From the first byte of a block to its levels. */
    int levelsAt() {
        return grouped() ? HALVES : scaleBytes();
    }

    int blockBytes() {
        return levelsAt() + bits * WORD;
    }

    /** From the scales of a unit to those of the next one. */
    int scalesStep() {
        return grouped() ? scaleBytes() : blockBytes();
    }

    /** Bytes of the blocks of a strip: from a strip to the next one. */
    long stripBytes(int columns) {
        return (long) columns / BLOCK * blockBytes();
    }

    /** Bytes of a strip's scales in front of all strips. */
    long aheadBytes(int columns) {
        return grouped() ? (long) columns / unit() * scaleBytes() : 0;
    }
}
