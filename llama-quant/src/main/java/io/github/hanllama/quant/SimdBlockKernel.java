package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import io.github.hanllama.quant.SimdRun.Stage;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Products in the stages of a {@link SimdRun}: scales and levels out of memory, integer products, sums. */
final class SimdBlockKernel implements BlockKernel {
    private static final Stage SCALES = SimdScales::read;
    private static final Stage CENTRED = SimdLevels::centred;
    private static final Stage SIGNED = SimdLevels::signed;

    private static final Stage PANEL_SCALES = SimdScales::block;
    private static final Stage[] PANEL = {PANEL_SCALES, SIGNED, SimdPanel::symmetric};
    private static final Stage[] PANEL_AFFINE = {PANEL_SCALES, SIGNED, SimdPanel::affine};
    private static final Stage[] PANEL_FOUR = {PANEL_SCALES, SimdPanel::four};
    private static final Stage[] PANEL_FOUR_AFFINE = {PANEL_SCALES, SimdPanel::fourAffine};

    private static final Stage UNITS = SimdScales::stream;
    private static final Stage[] ONE_Q4_0 = {SimdFours::symmetric};
    private static final Stage[] ONE_Q4_1 = {SimdFours::affine};
    private static final Stage[] ONE_Q4_K = {UNITS, SimdGroupedFours::affine};
    private static final Stage[] ONE_Q5_0 = {SimdFives::symmetric};
    private static final Stage[] ONE_Q5_1 = {SimdFives::affine};
    private static final Stage[] ONE_Q5_K = {UNITS, SimdGroupedFives::affine};
    private static final Stage[] ONE_Q6_K = {UNITS, SimdSixes::symmetric};
    private static final Stage[] ONE_Q8_0 = {SimdBytes::one};
    private static final Stage[] ONE_Q3_K = {UNITS, SimdThrees::symmetric};
    private static final Stage[] ONE_Q2_K = {UNITS, SimdTwos::affine};

    private static final Stage[] UNPACK = {SCALES, CENTRED};
    private static final Stage[] TILE = {SimdDots::tile, SimdSums::tile};
    private static final Stage[] TILE_AFFINE = {SimdDots::tile, SimdSums::tileAffine};
    private static final Stage[] TO_COLUMNS = {SCALES, SimdTile::columns};
    private static final Stage[] COLUMNS = {SimdTile::symmetric};
    private static final Stage[] COLUMNS_AFFINE = {SimdTile::affine};
    private static final Stage[] SCALE = {SCALES};
    private static final Stage[] TILE_BYTES = {SimdBytes::tile, SimdBytes::sumTile};

    /** Most tokens that take short pieces of a strip, which are read ahead; adding to sums so often costs more tokens more than that saves. */
    private static final int FEW = 16;

    private static final BlockKernel SCALAR = new ScalarBlockKernel();
    private static final QuantizedTokens NO_TOKENS = new QuantizedTokens(0, 0, false);

    @Override
    public void widen(BlockStrip strip, int block, float[] panel, int at) {
        SimdRun run = new SimdRun(SimdScratch.own(), strip, NO_TOKENS, panel);
        run.sumsAt = at;
        run.block = block;
        run.blocks = 1;
        run.through(panel(strip.layout()));
    }

    private static Stage[] panel(BlockLayout layout) {
        boolean affine = layout.offsets();
        if (layout.bits() == 4) {
            return affine ? PANEL_FOUR_AFFINE : PANEL_FOUR;
        }
        return affine ? PANEL_AFFINE : PANEL;
    }

    @Override
    public void add(BlockStrip first, int strips, QuantizedTokens x, float[] sums, int sumsAt) {
        BlockLayout layout = first.layout();
        int length = TokenTiles.length(x.tokens, ROWS);
        int together = x.tokens == 1 ? Math.max(1, SimdRun.BLOCKS / first.blocks()) : 1;
        for (int i = 0; i < strips; i += together) {
            SimdRun run = new SimdRun(SimdScratch.own(), first.after(i), x, sums);
            run.strips = Math.min(together, strips - i);
            if (x.tokens <= QuantizedTokens.MOST_APART) {
                addEach(run, sumsAt + i * length);
            } else {
                addTogether(run, sumsAt + i * length);
            }
        }
    }

    /** Tile by tile of tokens, for all of which levels are unpacked once. */
    private static void addTogether(SimdRun run, int sumsAt) {
        BlockLayout layout = run.layout();
        boolean bytes = layout.bits() == Byte.SIZE;
        Stage[] once = bytes ? SCALE : UNPACK;
        Stage[] stages = many(layout);
        int most = bytes ? SimdRun.BYTE_BLOCKS : SimdRun.UNPACKED_BLOCKS;
        run.sumsAt = sumsAt;
        for (run.block = 0; run.block < run.strip.blocks(); run.block += most) {
            run.blocks = Math.min(most, run.strip.blocks() - run.block);
            run.through(once);
            for (run.token = 0; run.token < run.x.tokens; run.token += TokenTiles.TILE) {
                run.through(stages);
            }
        }
    }

    /** Token by token: but for the first, they find the strip in the cache. */
    private static void addEach(SimdRun run, int sumsAt) {
        BlockLayout layout = run.layout();
        Stage[] stages = one(layout);
        for (run.block = 0; run.block < run.strip.blocks(); run.block += SimdRun.BLOCKS) {
            run.blocks = Math.min(SimdRun.BLOCKS, run.strip.blocks() - run.block);
            for (int token = 0; token < run.x.tokens; token++) {
                run.factors = run.x.factors(layout, token);
                run.sumsAt = sumsAt + token * ROWS;
                run.through(stages);
            }
        }
    }

    private static Stage[] one(BlockLayout layout) {
        return switch (layout.type()) {
            case Q4_0 -> ONE_Q4_0;
            case Q4_1 -> ONE_Q4_1;
            case Q4_K -> ONE_Q4_K;
            case Q5_0 -> ONE_Q5_0;
            case Q5_1 -> ONE_Q5_1;
            case Q5_K -> ONE_Q5_K;
            case Q6_K -> ONE_Q6_K;
            case Q8_0 -> ONE_Q8_0;
            case Q3_K -> ONE_Q3_K;
            case Q2_K -> ONE_Q2_K;
            default -> throw new IllegalArgumentException(layout.type() + " does not store blocks");
        };
    }

    private static Stage[] many(BlockLayout layout) {
        if (layout.bits() == Byte.SIZE) {
            return TILE_BYTES;
        }
        return layout.offsets() ? TILE_AFFINE : TILE;
    }

    @Override
    public void addTile(BlockStrip first, BlockStrip second, QuantizedTokens x, float[] sums) {
        SimdRun run = new SimdRun(SimdScratch.own(), first, x, sums);
        Stage[] stages = first.layout().offsets() ? COLUMNS_AFFINE : COLUMNS;
        int most = atATime(first.layout(), x.tokens);
        for (run.block = 0; run.block < first.blocks(); run.block += most) {
            run.blocks = Math.min(most, first.blocks() - run.block);
            toColumns(run, first, 0);
            toColumns(run, second, 1);
            for (run.token = 0; run.token < x.tokens; run.token += TokenTiles.TILE) {
                run.tileAt = x.tileAt(run.token, run.block);
                run.through(stages);
            }
        }
    }

    /** Blocks that many tokens meet at a time. */
    private static int atATime(BlockLayout layout, int tokens) {
        return tokens <= FEW && !layout.grouped() ? 1 : QuantizedTokens.PANEL / BLOCK;
    }

    private static void toColumns(SimdRun run, BlockStrip strip, int stripOfTile) {
        run.strip = strip;
        run.stripOfTile = stripOfTile;
        run.through(TO_COLUMNS);
    }

    @Override
    public void addFirst(
            BlockStrip strip, int block, float[] panel, int at, float[] x, int xAt, float[] sums, int sumsAt) {
        if (strip.layout().bits() == Byte.SIZE) {
            SimdFirstTokens.addBytes(strip, block, panel, at, x, xAt, sums, sumsAt);
        } else {
            SimdFirstTokens.addSixes(strip, block, SimdScratch.own(), panel, at, x, xAt, sums, sumsAt);
        }
    }

    @Override
    public void addOne(BlockStrip strip, float[] x, float[] sums, int sumsAt) {
        if (strip.layout().bits() == Byte.SIZE) {
            SimdOneToken.addBytes(strip, x, sums, sumsAt);
        } else {
            SimdOneToken.addSixes(strip, SimdScratch.own(), x, sums, sumsAt);
        }
    }

    @Override
    public float quantize(float[] x, int at, int[] levels) {
        FloatVector most = FloatVector.zero(FLOAT);
        for (int k = 0; k < BLOCK; k += LANES) {
            most = most.max(FloatVector.fromArray(FLOAT, x, at + k).abs());
        }
        float largest = most.reduceLanes(VectorOperators.MAX);
        float inverse = largest < QuantizedTokens.SMALLEST ? 0 : QuantizedTokens.TOP / largest;
        for (int k = 0; k < BLOCK; k += LANES) {
            FloatVector rounded =
                    FloatVector.fromArray(FLOAT, x, at + k).mul(inverse).add(QuantizedTokens.TO_MANTISSA);
            rounded.reinterpretAsInts()
                    .sub(Float.floatToRawIntBits(QuantizedTokens.TO_MANTISSA))
                    .intoArray(levels, k);
        }
        return QuantizedTokens.scale(largest);
    }

    @Override
    public void pair(int[] levels, int[] halves, int[] sums, int i) {
        if (SimdTokens.POSSIBLE) {
            SimdTokens.pair(levels, halves, sums, i);
        } else {
            SCALAR.pair(levels, halves, sums, i);
        }
    }

    @Override
    public void twice(int[] levels, int[] sums, int i) {
        if (SimdTokens.POSSIBLE) {
            SimdTokens.twice(levels, sums, i);
        } else {
            SCALAR.twice(levels, sums, i);
        }
    }

    @Override
    public void factors(WordFields fields, int[] pairs, int[] factors) {
        if (SimdTokens.POSSIBLE) {
            SimdTokens.factors(fields, pairs, factors);
        } else {
            SCALAR.factors(fields, pairs, factors);
        }
    }
}
