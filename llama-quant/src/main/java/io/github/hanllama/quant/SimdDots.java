package io.github.hanllama.quant;

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

    /** One token, levels of four bits straight from memory. */
    static void four(SimdRun run) {
        int pair = run.block * STEPS;
        for (int row = 0; row < ROWS; row += LANES) {
            long at = run.strip.levelsAt(run.block) + 4 * row;
            if (run.layout().middle() == 0) {
                four(run.strip.weights(), at, run.blocks, run.x.pairs, pair, run.dots, row);
            } else {
                int half = 2 * run.block;
                four(run.strip.weights(), at, run.blocks, run.x.pairs, pair, run.x.halves, half, run.dots, row);
            }
        }
    }

    /** Levels of four bits with a middle of eight. */
    private static void four(
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
    private static void four(MemorySegment w, long at, int blocks, int[] pairs, int pair, int[] dots, int to) {
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

    /** One token, unpacked levels. */
    static void unpacked(SimdRun run) {
        int steps = run.layout().group() / 2;
        for (int group = 0; group < run.groups(); group++) {
            int first = group * steps;
            for (int row = 0; row < ROWS; row += LANES) {
                unpacked(run.levels, first, steps, run.x.pairs, run.block * STEPS + first, row, run.dots, group * ROWS);
            }
        }
    }

    private static void unpacked(
            short[] levels, int first, int steps, int[] pairs, int pair, int row, int[] dots, int to) {
        ShortVector sum = ShortVector.zero(SHORT);
        for (int step = 0; step < steps; step++) {
            ShortVector level = ShortVector.fromArray(SHORT, levels, (first + step) * 2 * ROWS + 2 * row);
            sum = sum.add(level.mul(twice(pairs[pair + step])));
        }
        fold(sum).intoArray(dots, to + row);
    }

    /** Four tokens with two strips, unpacked. */
    static void tile(SimdRun run) {
        int steps = run.layout().group() / 2;
        int at = run.x.pairsAt(run.token) + run.block * STEPS * TokenTiles.TILE;
        for (int column = 0; column < COLUMN_PAIR; column += 2 * SHORT.length()) {
            for (int group = 0; group < run.groups(); group++) {
                int from = group * steps;
                int to = group * TokenTiles.TILE * COLUMN_PAIR + column;
                int pair = at + from * TokenTiles.TILE;
                tile(run.levels, from * COLUMN_PAIR + column, steps, run.x.pairs, pair, run.products, to);
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
