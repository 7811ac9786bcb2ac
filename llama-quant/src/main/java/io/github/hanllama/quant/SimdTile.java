package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.WORD;
import static io.github.hanllama.quant.PackedMatrix.TILE;
import static io.github.hanllama.quant.QuantizedTokens.CENTRE;
import static io.github.hanllama.quant.QuantizedTokens.SUM_ZERO;
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
 * written out for the reasons that {@link SimdRun.Stage} gives: stored first, a product takes some percent longer. With offsets that would be more
 * than C2 inlines, so the dots of all groups are stored and what they add up to stays in registers.
 */
final class SimdTile {
    private static final int TOKENS = TokenTiles.TILE;
    private static final int WIDTH = SHORT.length();
    /** Words of a block, eight levels each. */
    private static final int WORDS = 4;

    private static final int UPPER = 0xffff_0000;
    /** Makes 16 bits the float {@link QuantizedTokens#SUM_ZERO} plus their value: exponent and sign turned over. */
    private static final int BIAS = 0x4b00_8000;

    /** Sums of a group, of two vectors and four tokens. */
    private static final int DOTS = 2 * TOKENS * WIDTH;

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
        int groups = run.groups();
        for (int group = 0; group < groups; group++) {
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
        FloatVector zero = FloatVector.broadcast(FLOAT, SUM_ZERO);

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
        int groups = run.groups();
        for (int lane = 0; lane < TILE; lane += 2 * WIDTH) {
            for (int group = 0; group < groups; group++) {
                dots(run, group, lane);
            }
            addAffine(run, lane, 0);
            addAffine(run, lane + WIDTH, TOKENS * WIDTH);
        }
    }

    /** Of two vectors, one after the other, for {@link #addAffine}. */
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
        int to = group * DOTS;
        a0.intoArray(dots, to);
        a1.intoArray(dots, to + WIDTH);
        a2.intoArray(dots, to + 2 * WIDTH);
        a3.intoArray(dots, to + 3 * WIDTH);
        b0.intoArray(dots, to + 4 * WIDTH);
        b1.intoArray(dots, to + 5 * WIDTH);
        b2.intoArray(dots, to + 6 * WIDTH);
        b3.intoArray(dots, to + 7 * WIDTH);
    }

    /** Scales the dots of a vector and adds them up. */
    private static void addAffine(SimdRun run, int lane, int from) {
        short[] dots = run.scratch.tileDots;
        float[] scales = run.scratch.scales;
        float[] offsets = run.scratch.offsets;
        float[] offsetFactors = run.x.offsetFactors;
        float[] zeros = run.x.zeros;
        float[] xScales = run.x.scales;
        int blocks = run.x.blocks();
        float[] sums = run.sums;
        int to = run.token * TILE + row(lane);
        FloatVector r0 = FloatVector.fromArray(FLOAT, sums, to),
                s0 = FloatVector.fromArray(FLOAT, sums, to + HALF_ROWS);
        FloatVector r1 = FloatVector.fromArray(FLOAT, sums, to + TILE),
                s1 = FloatVector.fromArray(FLOAT, sums, to + TILE + HALF_ROWS);
        FloatVector r2 = FloatVector.fromArray(FLOAT, sums, to + 2 * TILE),
                s2 = FloatVector.fromArray(FLOAT, sums, to + 2 * TILE + HALF_ROWS);
        FloatVector r3 = FloatVector.fromArray(FLOAT, sums, to + 3 * TILE),
                s3 = FloatVector.fromArray(FLOAT, sums, to + 3 * TILE + HALF_ROWS);
        IntVector lower = IntVector.broadcast(INT, ~UPPER);
        IntVector bias = IntVector.broadcast(INT, BIAS);
        int groups = run.groups();
        for (int group = 0; group < groups; group++) {
            int scaleAt = scaleAt(run, group, lane);
            FloatVector rScale = FloatVector.fromArray(FLOAT, scales, scaleAt),
                    sScale = FloatVector.fromArray(FLOAT, scales, scaleAt + HALF_ROWS),
                    rOffset = FloatVector.fromArray(FLOAT, offsets, scaleAt),
                    sOffset = FloatVector.fromArray(FLOAT, offsets, scaleAt + HALF_ROWS);
            int dotsAt = group * DOTS + from;
            int i = run.token * blocks + run.block + group;
            FloatVector xScale = FloatVector.broadcast(FLOAT, xScales[i]);
            FloatVector offsetFactor = FloatVector.broadcast(FLOAT, offsetFactors[i]);
            FloatVector zero = FloatVector.broadcast(FLOAT, zeros[i]);
            IntVector words = ShortVector.fromArray(SHORT, dots, dotsAt).reinterpretAsInts();
            r0 = words.and(lower)
                    .lanewise(XOR, bias)
                    .reinterpretAsFloats()
                    .sub(zero)
                    .fma(rScale.mul(xScale), r0);
            r0 = rOffset.fma(offsetFactor, r0);
            s0 = words.lanewise(LSHR, 16)
                    .lanewise(XOR, bias)
                    .reinterpretAsFloats()
                    .sub(zero)
                    .fma(sScale.mul(xScale), s0);
            s0 = sOffset.fma(offsetFactor, s0);
            i += blocks;
            xScale = FloatVector.broadcast(FLOAT, xScales[i]);
            offsetFactor = FloatVector.broadcast(FLOAT, offsetFactors[i]);
            zero = FloatVector.broadcast(FLOAT, zeros[i]);
            words = ShortVector.fromArray(SHORT, dots, dotsAt + WIDTH).reinterpretAsInts();
            r1 = words.and(lower)
                    .lanewise(XOR, bias)
                    .reinterpretAsFloats()
                    .sub(zero)
                    .fma(rScale.mul(xScale), r1);
            r1 = rOffset.fma(offsetFactor, r1);
            s1 = words.lanewise(LSHR, 16)
                    .lanewise(XOR, bias)
                    .reinterpretAsFloats()
                    .sub(zero)
                    .fma(sScale.mul(xScale), s1);
            s1 = sOffset.fma(offsetFactor, s1);
            i += blocks;
            xScale = FloatVector.broadcast(FLOAT, xScales[i]);
            offsetFactor = FloatVector.broadcast(FLOAT, offsetFactors[i]);
            zero = FloatVector.broadcast(FLOAT, zeros[i]);
            words = ShortVector.fromArray(SHORT, dots, dotsAt + 2 * WIDTH).reinterpretAsInts();
            r2 = words.and(lower)
                    .lanewise(XOR, bias)
                    .reinterpretAsFloats()
                    .sub(zero)
                    .fma(rScale.mul(xScale), r2);
            r2 = rOffset.fma(offsetFactor, r2);
            s2 = words.lanewise(LSHR, 16)
                    .lanewise(XOR, bias)
                    .reinterpretAsFloats()
                    .sub(zero)
                    .fma(sScale.mul(xScale), s2);
            s2 = sOffset.fma(offsetFactor, s2);
            i += blocks;
            xScale = FloatVector.broadcast(FLOAT, xScales[i]);
            offsetFactor = FloatVector.broadcast(FLOAT, offsetFactors[i]);
            zero = FloatVector.broadcast(FLOAT, zeros[i]);
            words = ShortVector.fromArray(SHORT, dots, dotsAt + 3 * WIDTH).reinterpretAsInts();
            r3 = words.and(lower)
                    .lanewise(XOR, bias)
                    .reinterpretAsFloats()
                    .sub(zero)
                    .fma(rScale.mul(xScale), r3);
            r3 = rOffset.fma(offsetFactor, r3);
            s3 = words.lanewise(LSHR, 16)
                    .lanewise(XOR, bias)
                    .reinterpretAsFloats()
                    .sub(zero)
                    .fma(sScale.mul(xScale), s3);
            s3 = sOffset.fma(offsetFactor, s3);
        }
        r0.intoArray(sums, to);
        s0.intoArray(sums, to + HALF_ROWS);
        r1.intoArray(sums, to + TILE);
        s1.intoArray(sums, to + TILE + HALF_ROWS);
        r2.intoArray(sums, to + 2 * TILE);
        s2.intoArray(sums, to + 2 * TILE + HALF_ROWS);
        r3.intoArray(sums, to + 3 * TILE);
        s3.intoArray(sums, to + 3 * TILE + HALF_ROWS);
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
