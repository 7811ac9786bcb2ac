package io.github.hanllama.quant;

/**
 * Where a {@link BlockMatrix} keeps a block type: strips of 16 rows side by side, int lane i of every 64 bytes belonging
 * to row i, so that no kernel ever adds two lanes.
 *
 * <p>A strip is all its levels, blocks of 32 columns one after another, then all its scales. A block's levels are
 * {@code bits} vectors of words as in {@link LevelBits} (eight bits: four consecutive columns to a word). Its scales are 16
 * in f16 and, where a type has them, 16 offsets in f16. Types with blocks of 256 have those once for 256 columns; after all
 * of them come the factors, small integers that groups of columns multiply them by: two bytes for each row, the scale's and the
 * offset's of one group or, without offsets, those of two groups.
 *
 * @param bits of a level
 * @param middle taken off a level before it is multiplied in 16 bits, where 16 products would not fit otherwise; without
 *     offsets, the level that stands for zero
 * @param group columns that share a scale
 * @param offsets whether weights are {@code scale * level + offset}, otherwise {@code scale * (level - middle)}
 */
record BlockLayout(DType type, int bits, int middle, int group, boolean offsets) {
    /** Rows side by side. */
    static final int ROWS = 16;
    /** Columns whose levels lie together, the same for every type. */
    static final int BLOCK = LevelBits.COLUMNS;
    /** Bytes of a word for each row. */
    static final int VECTOR = ROWS * Integer.BYTES;

    /** Bytes of a half word for each row: scales, offsets, or pairs of factors. */
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

    /** Whether groups have integers of their own, which the f16 scale is multiplied by. */
    boolean grouped() {
        return unit() > BLOCK;
    }

    /** Groups of columns in a unit. */
    int groups() {
        return unit() / group;
    }

    /** Bytes of one block's levels. */
    int blockBytes() {
        return bits * VECTOR;
    }

    /** Bytes of one unit's scales, and of the offsets that follow them. */
    int scaleBytes() {
        return offsets ? 2 * HALVES : HALVES;
    }

    /** Pairs of factors that a unit has for each row. */
    int factorPairs() {
        if (!grouped()) {
            return 0;
        }
        return offsets ? groups() : groups() / 2;
    }

    /** Bytes of a strip's levels. */
    long levelBytes(int columns) {
        return (long) columns / BLOCK * blockBytes();
    }

    /** Bytes of a strip: whole vectors. */
    long stripBytes(int columns) {
        long bytes = levelBytes(columns) + (long) columns / unit() * (scaleBytes() + factorPairs() * HALVES);
        return Math.ceilDiv(bytes, VECTOR) * VECTOR;
    }
}
