package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;

/**
 * A few blocks of a strip on their way through the {@link Stage stages} of a product, with arrays in the first-level cache
 * between them. Belongs to one thread.
 */
final class SimdRun {
    /** Most blocks of a run for one token, and for many, whose levels are unpacked. */
    static final int BLOCKS = 32;

    static final int UNPACKED_BLOCKS = 8;

    /** Words of a block of six bits. */
    private static final int MOST_WORDS = 6;

    private static final int GROUPS_OF_BLOCK = 2;
    private static final QuantizedTokens NONE = new QuantizedTokens(0, 0);
    private static final WordFactors NO_FACTORS = new WordFactors(BlockLayout.of(DType.Q4_0), NONE);

    final float[] scales = new float[BLOCKS * GROUPS_OF_BLOCK * ROWS]; // (groups, stride)
    final float[] offsets = new float[scales.length];
    final int[] dots = new int[BLOCKS * GROUPS_OF_BLOCK * ROWS]; // (groups, 16)
    final short[] words = new short[BLOCKS * MOST_WORDS * 2 * ROWS]; // (words, 32)
    final int[] wordDots = new int[BLOCKS * Byte.SIZE * ROWS]; // (words, tokens, 16)
    final short[] levels = new short[UNPACKED_BLOCKS * LevelBits.STEPS * 2 * BlockKernel.PAIR]; // (steps, 2 * stride)
    final short[] products =
            new short[UNPACKED_BLOCKS * GROUPS_OF_BLOCK * TokenTiles.TILE * 2 * BlockKernel.PAIR]; // (groups, 4, 64)

    BlockStrip strip = BlockStrip.NONE;
    int block;
    int blocks;
    /** Rows side by side in the arrays, and the first of them that the strip fills. */
    int stride = ROWS;

    int row;

    QuantizedTokens x = NONE;
    WordFactors factors = NO_FACTORS;
    int token;
    float[] sums = {};
    int sumsAt;

    /**
     * One pass over a run. A call of a stage is one of many kinds at its place in the code, so C2 compiles every stage for
     * itself: together they would exceed the size beyond which it boxes vectors, at a tenth of the speed.
     */
    @FunctionalInterface
    interface Stage {
        void on(SimdRun run);
    }

    void through(Stage[] stages) {
        for (Stage stage : stages) {
            stage.on(this);
        }
    }

    BlockLayout layout() {
        return strip.layout();
    }

    int groupsOfBlock() {
        return BLOCK / layout().group();
    }

    /** From the index of a group to that of its block. */
    int groupShift() {
        return groupsOfBlock() - 1;
    }

    int groups() {
        return blocks * groupsOfBlock();
    }
}
