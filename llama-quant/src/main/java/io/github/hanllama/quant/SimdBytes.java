package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockKernel.PAIR;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.VECTOR;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Integer products with levels of eight bits straight from memory, word by word: two fit 16 bits, no more, so every word has
 * an int of its own. Loops are flat as in {@link SimdWords}.
 */
final class SimdBytes {
    private static final int WORDS = Byte.SIZE;
    private static final int TILE_DOTS = TokenTiles.TILE * ROWS;

    private SimdBytes() {}

    /** One token. */
    static void one(SimdRun run) {
        Arrays.fill(run.dots, 0, run.blocks * PAIR, 0);
        for (int row = 0; row < ROWS; row += LANES) {
            long at = run.strip.levelsAt(run.block) + 4 * row;
            int pair = run.block * LevelBits.STEPS;
            one(run.strip.weights(), at, run.apart, run.blocks * WORDS, run.x.pairs, pair, run.dots, row);
        }
    }

    private static void one(
            MemorySegment w, long at, long apart, int words, int[] pairs, int pair, int[] dots, int to) {
        for (int i = 0; i < words; i++) {
            long from = at + (long) i * VECTOR;
            ShortVector first = SimdLevels.load(w, from);
            ShortVector second = SimdLevels.load(w, from + apart);
            ShortVector even = twice(pairs[pair + 2 * i]);
            ShortVector odd = twice(pairs[pair + 2 * i + 1]);
            int sum = i / WORDS * PAIR + to;
            add(dot(first, even, odd), dots, sum);
            add(dot(second, even, odd), dots, sum + ROWS);
        }
    }

    private static IntVector dot(ShortVector word, ShortVector even, ShortVector odd) {
        return SimdDots.fold(even(word).mul(even).add(odd(word).mul(odd)));
    }

    private static void add(IntVector products, int[] dots, int at) {
        products.add(IntVector.fromArray(INT, dots, at)).intoArray(dots, at);
    }

    /** Four tokens. */
    static void tile(SimdRun run) {
        for (int row = 0; row < ROWS; row += LANES) {
            long at = run.strip.levelsAt(run.block) + 4 * row;
            int pair = run.x.pairsAt(run.token) + run.block * LevelBits.STEPS * TokenTiles.TILE;
            tile(run.strip.weights(), at, run.blocks * WORDS, run.x.pairs, pair, run.wordDots, row);
        }
    }

    private static void tile(MemorySegment w, long at, int words, int[] pairs, int pair, int[] dots, int to) {
        for (int i = 0; i < words; i++) {
            ShortVector word = SimdLevels.load(w, at + (long) i * VECTOR);
            ShortVector even = even(word);
            ShortVector odd = odd(word);
            for (int t = 0; t < TokenTiles.TILE; t++) {
                int p = pair + 2 * i * TokenTiles.TILE + t;
                ShortVector dot = even.mul(twice(pairs[p])).add(odd.mul(twice(pairs[p + TokenTiles.TILE])));
                SimdDots.fold(dot).intoArray(dots, i * TILE_DOTS + t * ROWS + to);
            }
        }
    }

    /** Adds up the words of each block, and the blocks to the sums of four tokens. */
    static void sumTile(SimdRun run) {
        for (int t = 0; t < TokenTiles.TILE; t++) {
            int xAt = (run.token + t) * run.x.blocks() + run.block;
            for (int row = 0; row < ROWS; row += LANES) {
                int to = (run.token + t) * PAIR + run.row + row;
                FloatVector sum = FloatVector.fromArray(FLOAT, run.sums, to);
                sum(run.wordDots, t * ROWS + row, run.blocks, run.x.scales, xAt, run.scales, run.row + row, sum)
                        .intoArray(run.sums, to);
            }
        }
    }

    private static FloatVector sum(
            int[] dots, int at, int blocks, float[] xScales, int xAt, float[] scales, int row, FloatVector sum) {
        for (int block = 0; block < blocks; block++) {
            IntVector dot = IntVector.zero(INT);
            for (int i = 0; i < WORDS; i++) {
                dot = dot.add(IntVector.fromArray(INT, dots, (block * WORDS + i) * TILE_DOTS + at));
            }
            FloatVector scale =
                    FloatVector.fromArray(FLOAT, scales, block * PAIR + row).mul(xScales[xAt + block]);
            sum = ((FloatVector) dot.convert(VectorOperators.I2F, 0)).fma(scale, sum);
        }
        return sum;
    }

    private static ShortVector even(ShortVector word) {
        return word.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8);
    }

    private static ShortVector odd(ShortVector word) {
        return word.lanewise(VectorOperators.ASHR, 8);
    }

    private static ShortVector twice(int pair) {
        return SimdDots.twice(pair);
    }
}
