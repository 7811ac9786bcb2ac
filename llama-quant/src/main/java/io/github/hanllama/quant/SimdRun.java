package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockKernel.PAIR;
import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.PackedMatrix.TILE;

/**
 * A few blocks of two strips on their way through the {@link Stage stages} of a product, with arrays in the first-level cache
 * between them. Belongs to one thread.
 */
final class SimdRun {
    /** Most blocks of a run for one token, and where levels are unpacked. */
    static final int BLOCKS = 32;

    static final int UNPACKED_BLOCKS = 8;

    private static final int GROUPS_OF_BLOCK = 2;
    private static final QuantizedTokens NONE = new QuantizedTokens(0, 0, false);
    private static final TokenFactors NO_FACTORS =
            new TokenFactors(BlockLayout.of(DType.Q4_0), new QuantizedTokens(1, 0, false), 0);

    final float[] scales = new float[BLOCKS * GROUPS_OF_BLOCK * PAIR]; // (groups, 32)
    final float[] offsets = new float[scales.length];
    final short[] halfDots = new short[BLOCKS * GROUPS_OF_BLOCK * 2 * PAIR]; // (groups, 64)
    final int[] wordDots = new int[UNPACKED_BLOCKS * Byte.SIZE * TokenTiles.TILE * ROWS]; // (words, 4, 16)
    final short[] levels = new short[UNPACKED_BLOCKS * LevelBits.STEPS * 2 * PAIR]; // (steps, 64)
    final short[] products =
            new short[UNPACKED_BLOCKS * GROUPS_OF_BLOCK * TokenTiles.TILE * 2 * PAIR]; // (groups, 4, 64)
    final short[] tileDots = new short[2 * TokenTiles.TILE * 2 * PAIR]; // of two vectors and four tokens
    final short[] columns = new short[QuantizedTokens.PANEL * TILE]; // as SimdTile says

    BlockStrip strip = BlockStrip.NONE;
    /** The other one of two, and how many bytes lie from the first to it. */
    BlockStrip second = BlockStrip.NONE;

    long apart;
    int block;
    int blocks;
    /** The first of the rows in the arrays that the strip fills. */
    int row;
    /** Which two strips of a tile they are. */
    int pair;

    QuantizedTokens x = NONE;
    TokenFactors factors = NO_FACTORS;
    int token;
    /** Where many tokens have the first column of the run, those of the tile. */
    int tileAt;

    float[] sums = {};
    int sumsAt;

    /**
     * One pass over a run. A call of a stage is one of many kinds at its place in the code, so C2 compiles every stage for
     * itself: small ones are compiled sooner.
     *
     * <p>In a stage of many vectors the inner loop calls methods of ours at its beginning at most. C2 inlines the Vector API without
     * limit, but nothing of ours any more once it has read some 18,000 nodes, about 50 operations, and vectors that go through
     * a call are boxed, at a tenth of the speed. Such a loop takes all words of a group in one turn: C2 makes two loops of a loop that
     * reads memory, and would neither unroll one inside it nor free it of checks. C1 gives up on more than some 2,300 bytes of
     * such code, and then C2 never sees it.
     *
     * <p>Lanes of 16 bits are shifted by counts in another vector where the machine {@link SimdHardware#shiftsShorts can}: for
     * one count C2 knows no immediate, so that takes two steps.
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

    void pair(BlockStrip first, BlockStrip second) {
        strip = first;
        this.second = second;
        apart = second.at() - first.at();
    }

    /** Where in the arrays of scales those of the strip's rows begin. */
    int scaleRow() {
        return pair * pairScales() + row;
    }

    /** From the scales of two strips to those of the other two of a tile. */
    int pairScales() {
        return groups() * PAIR;
    }

    /** The same for each of both strips. */
    void throughBoth(Stage stage) {
        BlockStrip first = strip;
        stage.on(this);
        strip = second;
        row = ROWS;
        stage.on(this);
        strip = first;
        row = 0;
    }

    BlockLayout layout() {
        return strip.layout();
    }

    int groupsOfBlock() {
        return BLOCK / layout().group();
    }

    /** Byte at which the scales of the run begin, in its first strip; it begins with a unit. */
    long scalesAt() {
        return strip.scalesAt(block * BLOCK / layout().unit());
    }

    /** Byte at which the factors of the run begin, likewise. */
    long factorsAt() {
        return strip.factorsAt(block * BLOCK / layout().unit());
    }

    /** From the index of a group to that of its unit. */
    int unitShift() {
        return Integer.numberOfTrailingZeros(layout().groups());
    }

    /** From the index of a group to that of its block. */
    int groupShift() {
        return groupsOfBlock() - 1;
    }

    int groups() {
        return blocks * groupsOfBlock();
    }
}
