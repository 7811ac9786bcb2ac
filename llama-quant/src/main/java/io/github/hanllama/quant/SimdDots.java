package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.LevelBits.STEPS;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.SHORT;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Integer products of levels in lanes of 16 bits. Sums may wrap on the way: the middle is taken off the levels so that
 * every finished sum of 16 products fits, that of 8 where levels have six bits.
 */
final class SimdDots {
    private static final int COLUMN_PAIR = 2 * ROWS;

    private SimdDots() {}

    /** Four tokens, unpacked. */
    static void tile(SimdRun run) {
        int steps = run.layout().group() / 2;
        int at = run.x.pairsAt(run.token) + run.block * STEPS * TokenTiles.TILE;
        for (int column = 0; column < COLUMN_PAIR; column += 2 * SHORT.length()) {
            for (int group = 0; group < run.groups(); group++) {
                int from = group * steps;
                int to = group * TokenTiles.TILE * COLUMN_PAIR + column;
                int pair = at + from * TokenTiles.TILE;
                tile(
                        run.scratch.levels,
                        from * COLUMN_PAIR + column,
                        steps,
                        run.x.pairs,
                        pair,
                        run.scratch.products,
                        to);
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
    static ShortVector twice(int pair) {
        return IntVector.broadcast(INT, pair).reinterpretAsShorts();
    }

    /** The sums of both halves of each word. */
    static IntVector fold(ShortVector sums) {
        IntVector words = sums.reinterpretAsInts();
        return words.lanewise(VectorOperators.LSHL, 16)
                .lanewise(VectorOperators.ASHR, 16)
                .add(words.lanewise(VectorOperators.ASHR, 16));
    }
}
