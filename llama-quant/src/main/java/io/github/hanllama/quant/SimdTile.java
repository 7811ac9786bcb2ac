package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.WORD;
import static io.github.hanllama.quant.PackedMatrix.TILE;
import static io.github.hanllama.quant.SimdRun.HALF_ROWS;
import static io.github.hanllama.quant.SimdRun.SECOND_WORDS;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;
import static jdk.incubator.vector.VectorOperators.AND_NOT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Products of many tokens with a tile of rows, four tokens at a time: levels of four bits are unpacked once for all tokens to
 * 16, where all products of a group fit together; sums may wrap on the way.
 *
 * <p>For every column there are (2, 16) words, one line for each strip, the lower half of a word being a row and the upper half the
 * row 16 further. So a lane is a row and nothing is added up across lanes. Two vectors of rows meet four tokens. Sums become floats without a
 * conversion, of which C2 makes more nodes than of the three operations in its place. Without offsets they are scaled where they are,
 * written out for the reasons that {@link SimdRun.Stage} gives: stored first, a product takes a tenth longer.
 */
final class SimdTile {
    private static final int TOKENS = TokenTiles.TILE;
    private static final int WIDTH = SHORT.length();
    /** Words of a block, eight levels each. */
    private static final int WORDS = 4;

    private static final int UPPER = 0xffff_0000;
    /** Makes 16 bits the float {@link #ZERO} plus their value: exponent and sign turned over. */
    private static final int BIAS = 0x4b00_8000;

    /** Taken off every level, so that all products of a group fit 16 bits together. */
    private static final int CENTRE = 8;

    private static final float ZERO = 0x1p23f + 0x1p15f;

    private SimdTile() {}

    /** Unpacks the levels of a strip, column by column. */
    static void columns(SimdRun run) {
        MemorySegment w = run.strip.weights();
        long at = run.strip.levelsAt(run.block);
        for (int row = 0; row < HALF_ROWS; row += LANES) {
            columns(
                    w,
                    at + 4 * row,
                    run.layout().blockBytes(),
                    run.blocks,
                    run.scratch.columns,
                    2 * (run.stripOfTile * HALF_ROWS + row));
        }
    }

    private static void columns(MemorySegment w, long at, int step, int blocks, short[] columns, int to) {
        IntVector level = IntVector.broadcast(INT, 0xf_000f);
        IntVector half = IntVector.broadcast(INT, UPPER);
        ShortVector centre = ShortVector.broadcast(SHORT, (short) CENTRE);
        for (int i = 0; i < blocks * WORDS; i++) {
            long p = at + (long) (i / WORDS) * step + i % WORDS * WORD;
            IntVector first = words(w, p);
            IntVector second = words(w, p + SECOND_WORDS);
            int column = to + (i / WORDS * BLOCK + i % WORDS * 4) * TILE;
            IntVector lower = first.lanewise(AND_NOT, half).or(second.lanewise(LSHL, 16));
            IntVector upper = first.lanewise(LSHR, 16).or(second.and(half));
            lower.and(level).reinterpretAsShorts().sub(centre).intoArray(columns, column);
            lower.lanewise(LSHR, 4)
                    .and(level)
                    .reinterpretAsShorts()
                    .sub(centre)
                    .intoArray(columns, column + BLOCK / 2 * TILE);
            lower.lanewise(LSHR, 8).and(level).reinterpretAsShorts().sub(centre).intoArray(columns, column + TILE);
            lower.lanewise(LSHR, 12)
                    .and(level)
                    .reinterpretAsShorts()
                    .sub(centre)
                    .intoArray(columns, column + (BLOCK / 2 + 1) * TILE);
            upper.and(level).reinterpretAsShorts().sub(centre).intoArray(columns, column + 2 * TILE);
            upper.lanewise(LSHR, 4)
                    .and(level)
                    .reinterpretAsShorts()
                    .sub(centre)
                    .intoArray(columns, column + (BLOCK / 2 + 2) * TILE);
            upper.lanewise(LSHR, 8).and(level).reinterpretAsShorts().sub(centre).intoArray(columns, column + 3 * TILE);
            upper.lanewise(LSHR, 12)
                    .and(level)
                    .reinterpretAsShorts()
                    .sub(centre)
                    .intoArray(columns, column + (BLOCK / 2 + 3) * TILE);
        }
    }

    private static IntVector words(MemorySegment w, long at) {
        return IntVector.fromMemorySegment(INT, w, at, ByteOrder.LITTLE_ENDIAN);
    }

    /** Without offsets. */
    static void symmetric(SimdRun run) {
        for (int group = 0; group < run.groups(); group++) {
            for (int lane = 0; lane < TILE; lane += 2 * WIDTH) {
                symmetric(run, group, lane);
            }
        }
    }

    private static void symmetric(SimdRun run, int group, int lane) {
        int from = group * BLOCK * TILE + lane;
        int xAt = run.tileAt + group * BLOCK * TOKENS;
        short[] levels = run.scratch.columns;
        int[] x = run.x.twice;
        ShortVector a0 = ShortVector.zero(SHORT), b0 = a0;
        ShortVector a1 = a0, b1 = a0;
        ShortVector a2 = a0, b2 = a0;
        ShortVector a3 = a0, b3 = a0;
        for (int k = 0; k < BLOCK; k++) {
            int p = from + k * TILE;
            int q = xAt + k * TOKENS;
            ShortVector a = ShortVector.fromArray(SHORT, levels, p);
            ShortVector b = ShortVector.fromArray(SHORT, levels, p + WIDTH);
            ShortVector level = IntVector.broadcast(INT, x[q]).reinterpretAsShorts();
            a0 = a0.add(a.mul(level));
            b0 = b0.add(b.mul(level));
            level = IntVector.broadcast(INT, x[q + 1]).reinterpretAsShorts();
            a1 = a1.add(a.mul(level));
            b1 = b1.add(b.mul(level));
            level = IntVector.broadcast(INT, x[q + 2]).reinterpretAsShorts();
            a2 = a2.add(a.mul(level));
            b2 = b2.add(b.mul(level));
            level = IntVector.broadcast(INT, x[q + 3]).reinterpretAsShorts();
            a3 = a3.add(a.mul(level));
            b3 = b3.add(b.mul(level));
        }

        int scaleAt = scaleAt(run, group, lane);
        int otherAt = scaleAt(run, group, lane + WIDTH);
        float[] scales = run.scratch.scales;
        FloatVector s0 = FloatVector.fromArray(FLOAT, scales, scaleAt),
                s1 = FloatVector.fromArray(FLOAT, scales, scaleAt + HALF_ROWS),
                s2 = FloatVector.fromArray(FLOAT, scales, otherAt),
                s3 = FloatVector.fromArray(FLOAT, scales, otherAt + HALF_ROWS);
        float[] xScales = run.x.scales;
        float[] sums = run.sums;
        int blocks = run.x.blocks();
        int xScaleAt = run.token * blocks + run.block + group;
        int to = run.token * TILE + row(lane);
        int other = row(lane + WIDTH) - row(lane);
        IntVector lower = IntVector.broadcast(INT, ~UPPER);
        IntVector bias = IntVector.broadcast(INT, BIAS);
        FloatVector zero = FloatVector.broadcast(FLOAT, ZERO);

        FloatVector xScale = FloatVector.broadcast(FLOAT, xScales[xScaleAt]);
        IntVector words = a0.reinterpretAsInts();
        words.and(lower)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s0.mul(xScale), FloatVector.fromArray(FLOAT, sums, to))
                .intoArray(sums, to);
        words.lanewise(LSHR, 16)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s1.mul(xScale), FloatVector.fromArray(FLOAT, sums, to + HALF_ROWS))
                .intoArray(sums, to + HALF_ROWS);
        words = b0.reinterpretAsInts();
        words.and(lower)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s2.mul(xScale), FloatVector.fromArray(FLOAT, sums, to + other))
                .intoArray(sums, to + other);
        words.lanewise(LSHR, 16)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s3.mul(xScale), FloatVector.fromArray(FLOAT, sums, to + other + HALF_ROWS))
                .intoArray(sums, to + other + HALF_ROWS);

        to += TILE;
        xScaleAt += blocks;
        xScale = FloatVector.broadcast(FLOAT, xScales[xScaleAt]);
        words = a1.reinterpretAsInts();
        words.and(lower)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s0.mul(xScale), FloatVector.fromArray(FLOAT, sums, to))
                .intoArray(sums, to);
        words.lanewise(LSHR, 16)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s1.mul(xScale), FloatVector.fromArray(FLOAT, sums, to + HALF_ROWS))
                .intoArray(sums, to + HALF_ROWS);
        words = b1.reinterpretAsInts();
        words.and(lower)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s2.mul(xScale), FloatVector.fromArray(FLOAT, sums, to + other))
                .intoArray(sums, to + other);
        words.lanewise(LSHR, 16)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s3.mul(xScale), FloatVector.fromArray(FLOAT, sums, to + other + HALF_ROWS))
                .intoArray(sums, to + other + HALF_ROWS);

        to += TILE;
        xScaleAt += blocks;
        xScale = FloatVector.broadcast(FLOAT, xScales[xScaleAt]);
        words = a2.reinterpretAsInts();
        words.and(lower)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s0.mul(xScale), FloatVector.fromArray(FLOAT, sums, to))
                .intoArray(sums, to);
        words.lanewise(LSHR, 16)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s1.mul(xScale), FloatVector.fromArray(FLOAT, sums, to + HALF_ROWS))
                .intoArray(sums, to + HALF_ROWS);
        words = b2.reinterpretAsInts();
        words.and(lower)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s2.mul(xScale), FloatVector.fromArray(FLOAT, sums, to + other))
                .intoArray(sums, to + other);
        words.lanewise(LSHR, 16)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s3.mul(xScale), FloatVector.fromArray(FLOAT, sums, to + other + HALF_ROWS))
                .intoArray(sums, to + other + HALF_ROWS);

        to += TILE;
        xScaleAt += blocks;
        xScale = FloatVector.broadcast(FLOAT, xScales[xScaleAt]);
        words = a3.reinterpretAsInts();
        words.and(lower)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s0.mul(xScale), FloatVector.fromArray(FLOAT, sums, to))
                .intoArray(sums, to);
        words.lanewise(LSHR, 16)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s1.mul(xScale), FloatVector.fromArray(FLOAT, sums, to + HALF_ROWS))
                .intoArray(sums, to + HALF_ROWS);
        words = b3.reinterpretAsInts();
        words.and(lower)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s2.mul(xScale), FloatVector.fromArray(FLOAT, sums, to + other))
                .intoArray(sums, to + other);
        words.lanewise(LSHR, 16)
                .lanewise(XOR, bias)
                .reinterpretAsFloats()
                .sub(zero)
                .fma(s3.mul(xScale), FloatVector.fromArray(FLOAT, sums, to + other + HALF_ROWS))
                .intoArray(sums, to + other + HALF_ROWS);
    }

    /** With offsets. */
    static void affine(SimdRun run) {
        for (int group = 0; group < run.groups(); group++) {
            for (int lane = 0; lane < TILE; lane += 2 * WIDTH) {
                dots(run, group, lane);
                addAffine(run, group, lane, 0);
                addAffine(run, group, lane + WIDTH, TOKENS * WIDTH);
            }
        }
    }

    /** Of two vectors, one after the other. */
    private static void dots(SimdRun run, int group, int lane) {
        int from = group * BLOCK * TILE + lane;
        int xAt = run.tileAt + group * BLOCK * TOKENS;
        short[] levels = run.scratch.columns;
        int[] x = run.x.twice;
        ShortVector a0 = ShortVector.zero(SHORT), b0 = a0;
        ShortVector a1 = a0, b1 = a0;
        ShortVector a2 = a0, b2 = a0;
        ShortVector a3 = a0, b3 = a0;
        for (int k = 0; k < BLOCK; k++) {
            int p = from + k * TILE;
            int q = xAt + k * TOKENS;
            ShortVector a = ShortVector.fromArray(SHORT, levels, p);
            ShortVector b = ShortVector.fromArray(SHORT, levels, p + WIDTH);
            ShortVector level = IntVector.broadcast(INT, x[q]).reinterpretAsShorts();
            a0 = a0.add(a.mul(level));
            b0 = b0.add(b.mul(level));
            level = IntVector.broadcast(INT, x[q + 1]).reinterpretAsShorts();
            a1 = a1.add(a.mul(level));
            b1 = b1.add(b.mul(level));
            level = IntVector.broadcast(INT, x[q + 2]).reinterpretAsShorts();
            a2 = a2.add(a.mul(level));
            b2 = b2.add(b.mul(level));
            level = IntVector.broadcast(INT, x[q + 3]).reinterpretAsShorts();
            a3 = a3.add(a.mul(level));
            b3 = b3.add(b.mul(level));
        }
        short[] dots = run.scratch.tileDots;
        a0.intoArray(dots, 0);
        a1.intoArray(dots, WIDTH);
        a2.intoArray(dots, 2 * WIDTH);
        a3.intoArray(dots, 3 * WIDTH);
        b0.intoArray(dots, 4 * WIDTH);
        b1.intoArray(dots, 5 * WIDTH);
        b2.intoArray(dots, 6 * WIDTH);
        b3.intoArray(dots, 7 * WIDTH);
    }

    /** Scales the dots of a vector and adds them up: with all of {@link #dots} in one method C2 would be out of nodes. */
    private static void addAffine(SimdRun run, int group, int lane, int from) {
        short[] dots = run.scratch.tileDots;
        int scaleAt = scaleAt(run, group, lane);
        int to = run.token * TILE + row(lane);
        FloatVector firstScale = FloatVector.fromArray(FLOAT, run.scratch.scales, scaleAt),
                secondScale = FloatVector.fromArray(FLOAT, run.scratch.scales, scaleAt + HALF_ROWS),
                firstOffset = FloatVector.fromArray(FLOAT, run.scratch.offsets, scaleAt),
                secondOffset = FloatVector.fromArray(FLOAT, run.scratch.offsets, scaleAt + HALF_ROWS);
        int[] xSums = run.x.sums;
        float[] xScales = run.x.scales;
        float[] sums = run.sums;
        int blocks = run.x.blocks();
        int first = run.token * blocks + run.block + group;
        IntVector lower = IntVector.broadcast(INT, ~UPPER);
        IntVector bias = IntVector.broadcast(INT, BIAS);
        for (int t = 0; t < TOKENS; t++) {
            int at = to + t * TILE;
            int i = first + t * blocks;
            int xSum = xSums[2 * i] + xSums[2 * i + 1];
            FloatVector xScale = FloatVector.broadcast(FLOAT, xScales[i]);
            FloatVector weight = FloatVector.broadcast(FLOAT, xScales[i] * xSum);
            FloatVector zero = FloatVector.broadcast(FLOAT, ZERO - CENTRE * xSum);
            IntVector words =
                    ShortVector.fromArray(SHORT, dots, from + t * WIDTH).reinterpretAsInts();
            FloatVector sum = words.and(lower)
                    .lanewise(XOR, bias)
                    .reinterpretAsFloats()
                    .sub(zero)
                    .fma(firstScale.mul(xScale), FloatVector.fromArray(FLOAT, sums, at));
            firstOffset.fma(weight, sum).intoArray(sums, at);
            sum = words.lanewise(LSHR, 16)
                    .lanewise(XOR, bias)
                    .reinterpretAsFloats()
                    .sub(zero)
                    .fma(secondScale.mul(xScale), FloatVector.fromArray(FLOAT, sums, at + HALF_ROWS));
            secondOffset.fma(weight, sum).intoArray(sums, at + HALF_ROWS);
        }
    }

    /** The first row of a lane's vector. */
    private static int row(int lane) {
        return lane / ROWS * ROWS + lane % ROWS / 2;
    }

    /** Where its scales are. */
    private static int scaleAt(SimdRun run, int group, int lane) {
        return lane / ROWS * run.stripScales() + group * ROWS + lane % ROWS / 2;
    }
}
