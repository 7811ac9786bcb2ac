package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.SimdSpecies.LANES;

/**
 * Blocks of a strip on their way through the {@link Stage stages} of a product. Made anew for each product and given to
 * nobody: to store a reference in an object that has grown old makes the default collector order memory, and a processor
 * that does looks ahead in the weights no more.
 */
final class SimdRun {
    /** Rows that loops take together with as many others: half of a strip. */
    static final int HALF_ROWS = ROWS / 2;
    /** From a word of theirs to that of the others. */
    static final int SECOND_WORDS = HALF_ROWS * Integer.BYTES;
    /** The same for half words. */
    static final int SECOND_HALVES = HALF_ROWS * Short.BYTES;

    /**
     * Most blocks of a run for one token, of one strip or of several. A loop meets every block once and reads them as they lie, where
     * vectors are wide enough: whenever it stops and starts, for a while nothing is read ahead.
     */
    static final int BLOCKS = LANES == HALF_ROWS ? 512 : 32;
    /** The same for many tokens. */
    static final int UNPACKED_BLOCKS = 8;
    /** The same for many tokens where levels have eight bits. */
    static final int BYTE_BLOCKS = 4;
    /** Most groups of a block. */
    static final int GROUPS_OF_BLOCK = 2;

    private static final TokenFactors NO_FACTORS =
            new TokenFactors(BlockLayout.of(DType.Q4_0), new QuantizedTokens(1, 0, false), 0);

    final SimdScratch scratch;
    final QuantizedTokens x;
    final float[] sums;
    final int groupsOfBlock;
    /** From the index of a group to that of its unit. */
    final int unitShift;
    /** From a byte of a strip to that of the next one. */
    final long stripBytes;

    int sumsAt;

    /** The first, where there are several. */
    BlockStrip strip;
    /** Neighbours that stages for one token take together, all blocks of each; their sums are {@code ROWS} apart. */
    int strips = 1;

    int block;
    int blocks;
    /** Which strip of a tile it is. */
    int stripOfTile;

    TokenFactors factors = NO_FACTORS;
    int token;
    /** Where many tokens have the first column of the run, those of the tile. */
    int tileAt;

    SimdRun(SimdScratch scratch, BlockStrip strip, QuantizedTokens x, float[] sums) {
        this.scratch = scratch;
        this.strip = strip;
        this.x = x;
        this.sums = sums;
        BlockLayout layout = strip.layout();
        groupsOfBlock = BLOCK / layout.group();
        unitShift = Integer.numberOfTrailingZeros(layout.groups());
        stripBytes = layout.stripBytes(strip.columns());
    }

    /**
     * One pass over a run. A call of a stage is one of many kinds at its place in the code, so C2 compiles every stage for
     * itself: small ones are compiled sooner.
     *
     * <p>In a stage of many vectors the inner loop calls methods of ours at its beginning at most. C2 inlines the Vector API without
     * limit, but nothing of ours any more once it has read some 18,000 nodes, about 50 operations, and vectors that go through
     * a call are boxed, at a tenth of the speed. Such a loop takes all words of a group in one turn: C2 makes two loops of a loop that
     * reads memory, and would neither unroll one inside it nor free it of checks. C1 takes the longest of these loops, 2,440 bytes of
     * code, but gives up on others of 2,300, and what it gives up on C2 never sees.
     *
     * <p>Loads from memory keep their order as long as there is a check in front of each. Where C2 proves every access in bounds, what is
     * left is one piece without a branch, and it loads the words of a block in an order of its own, while a processor reads ahead
     * well of ascending addresses only. So the bytes from one turn to the next are no constant where C2 could prove that.
     *
     * <p>Loops that multiply levels where they lie are methods of arrays and numbers, not of a run: where they took a dozen of its
     * fields and worked things out from them, C2 put each number of the token into a register of integers before it filled a
     * vector with it, at up to 1.3 times the time.
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

    /** Where in the arrays of scales those of the strip begin. */
    int scaleRow() {
        return stripOfTile * stripScales();
    }

    /** From the scales of a strip to those of the next one of a tile. */
    int stripScales() {
        return groups() * ROWS;
    }

    BlockLayout layout() {
        return strip.layout();
    }

    /** Byte at which the scales of the run begin, which begins with a unit. */
    long scalesAt() {
        return strip.scalesAt(block / layout().unitBlocks());
    }

    /** Of the f16 scales of a run. */
    int units() {
        return Math.ceilDiv(blocks, layout().unitBlocks());
    }

    /** From the index of a group to that of its block. */
    int groupShift() {
        return groupsOfBlock - 1;
    }

    int firstGroup() {
        return block * groupsOfBlock;
    }

    int groups() {
        return blocks * groupsOfBlock;
    }
}
