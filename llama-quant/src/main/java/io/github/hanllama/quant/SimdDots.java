package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.VECTOR;
import static io.github.hanllama.quant.LevelBits.STEPS;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Integer products of levels in lanes of 16 bits. Sums may wrap on the way: the middle is taken off the levels so that
 * every finished sum of 16 products fits, that of 8 where levels have six bits.
 */
final class SimdDots {
    private static final int COLUMN_PAIR = 2 * BlockKernel.PAIR;

    private SimdDots() {}

    /**
     * One token with a run of blocks of a strip.
     *
     * @param levels scratch for those of one block
     * @param dots (groups, 16), overwritten
     */
    static void one(BlockStrip strip, int block, int blocks, QuantizedTokens x, short[] levels, int[] dots) {
        BlockLayout layout = strip.layout();
        if (layout.bits() == 4) {
            for (int row = 0; row < ROWS; row += LANES) {
                long at = strip.levelsAt(block) + 4 * row;
                if (layout.middle() == 0) {
                    oneFour(strip.weights(), at, blocks, x.pairs, block * STEPS, dots, row);
                } else {
                    oneFour(strip.weights(), at, blocks, x.pairs, block * STEPS, x.halves, 2 * block, dots, row);
                }
            }
            return;
        }
        int groups = BLOCK / layout.group();
        for (int i = 0; i < blocks; i++) {
            SimdLevels.unpack(
                    layout.bits(), layout.middle(), strip.weights(), strip.levelsAt(block + i), levels, 0, 2 * ROWS);
            one(levels, groups, layout.group() / 2, x.pairs, (block + i) * STEPS, dots, i * groups * ROWS);
        }
    }

    /** Levels of four bits with a middle of eight. */
    private static void oneFour(
            MemorySegment w, long at, int blocks, int[] pairs, int pair, int[] halves, int half, int[] dots, int to) {
        for (int block = 0; block < blocks; block++) {
            ShortVector a = twice(halves[half + 2 * block]).lanewise(VectorOperators.LSHL, 3);
            ShortVector c = twice(halves[half + 2 * block + 1]).lanewise(VectorOperators.LSHL, 3);
            for (int i = 0; i < 4; i++) {
                ShortVector words = SimdLevels.load(w, at + (4L * block + i) * VECTOR);
                int p = pair + block * STEPS + 2 * i;
                a = a.add(words.and((short) 15).mul(twice(pairs[p])));
                c = c.add(shift(words, 4).and((short) 15).mul(twice(pairs[p + 8])));
                a = a.add(shift(words, 8).and((short) 15).mul(twice(pairs[p + 1])));
                c = c.add(shift(words, 12).mul(twice(pairs[p + 9])));
            }
            fold(a.add(c)).intoArray(dots, block * ROWS + to);
        }
    }

    /** Levels of four bits as they are. */
    private static void oneFour(MemorySegment w, long at, int blocks, int[] pairs, int pair, int[] dots, int to) {
        for (int block = 0; block < blocks; block++) {
            ShortVector a = ShortVector.zero(SHORT), c = ShortVector.zero(SHORT);
            for (int i = 0; i < 4; i++) {
                ShortVector words = SimdLevels.load(w, at + (4L * block + i) * VECTOR);
                int p = pair + block * STEPS + 2 * i;
                a = a.add(words.and((short) 15).mul(twice(pairs[p])));
                c = c.add(shift(words, 4).and((short) 15).mul(twice(pairs[p + 8])));
                a = a.add(shift(words, 8).and((short) 15).mul(twice(pairs[p + 1])));
                c = c.add(shift(words, 12).mul(twice(pairs[p + 9])));
            }
            fold(a.add(c)).intoArray(dots, block * ROWS + to);
        }
    }

    /** Unpacked levels of one block, (16, 32). */
    private static void one(short[] levels, int groups, int steps, int[] pairs, int pair, int[] dots, int to) {
        for (int row = 0; row < ROWS; row += LANES) {
            for (int group = 0; group < groups; group++) {
                ShortVector sum = ShortVector.zero(SHORT);
                for (int step = group * steps; step < (group + 1) * steps; step++) {
                    ShortVector level = ShortVector.fromArray(SHORT, levels, step * 2 * ROWS + 2 * row);
                    sum = sum.add(level.mul(twice(pairs[pair + step])));
                }
                fold(sum).intoArray(dots, to + group * ROWS + row);
            }
        }
    }

    /**
     * Four tokens with a run of two strips.
     *
     * @param levels (groups, steps, 64)
     * @param pairs (groups, steps, 4) from {@code at} on
     * @param products (groups, 4, 64), overwritten: sums of 16 bits, two for each row
     */
    static void tile(short[] levels, int groups, int steps, int[] pairs, int at, short[] products) {
        for (int column = 0; column < COLUMN_PAIR; column += 2 * SHORT.length()) {
            for (int group = 0; group < groups; group++) {
                int from = group * steps;
                int to = group * TokenTiles.TILE * COLUMN_PAIR + column;
                tile(levels, from * COLUMN_PAIR + column, steps, pairs, at + from * TokenTiles.TILE, products, to);
            }
        }
    }

    private static void tile(short[] levels, int from, int steps, int[] pairs, int at, short[] products, int to) {
        ShortVector a0 = ShortVector.zero(SHORT), b0 = a0;
        ShortVector a1 = a0, b1 = a0;
        ShortVector a2 = a0, b2 = a0;
        ShortVector a3 = a0, b3 = a0;
        for (int step = 0; step < steps; step++) {
            ShortVector a = ShortVector.fromArray(SHORT, levels, from + step * COLUMN_PAIR);
            ShortVector b = ShortVector.fromArray(SHORT, levels, from + step * COLUMN_PAIR + SHORT.length());
            int p = at + step * TokenTiles.TILE;
            ShortVector x = twice(pairs[p]);
            a0 = a0.add(a.mul(x));
            b0 = b0.add(b.mul(x));
            x = twice(pairs[p + 1]);
            a1 = a1.add(a.mul(x));
            b1 = b1.add(b.mul(x));
            x = twice(pairs[p + 2]);
            a2 = a2.add(a.mul(x));
            b2 = b2.add(b.mul(x));
            x = twice(pairs[p + 3]);
            a3 = a3.add(a.mul(x));
            b3 = b3.add(b.mul(x));
        }
        store(a0, b0, products, to);
        store(a1, b1, products, to + COLUMN_PAIR);
        store(a2, b2, products, to + 2 * COLUMN_PAIR);
        store(a3, b3, products, to + 3 * COLUMN_PAIR);
    }

    private static void store(ShortVector a, ShortVector b, short[] products, int to) {
        a.intoArray(products, to);
        b.intoArray(products, to + SHORT.length());
    }

    /** Both halves of a word as lanes, over and over. */
    private static ShortVector twice(int pair) {
        return IntVector.broadcast(INT, pair).reinterpretAsShorts();
    }

    private static ShortVector shift(ShortVector words, int bits) {
        return words.lanewise(VectorOperators.LSHR, bits);
    }

    /** The sums of both halves of each word. */
    static IntVector fold(ShortVector sums) {
        IntVector words = sums.reinterpretAsInts();
        return words.lanewise(VectorOperators.LSHL, 16)
                .lanewise(VectorOperators.ASHR, 16)
                .add(words.lanewise(VectorOperators.ASHR, 16));
    }
}
