package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockKernel.PAIR;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.VECTOR;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;
import static io.github.hanllama.quant.WordFactors.FIELDS;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Integer products of one token with levels of four to six bits straight from memory, word by word, in lanes of 16 bits. They
 * are added up right here, in an array, because the loop waits for memory anyway: a second pass over them would not.
 *
 * <p>Loops over words are flat and have one load: C2 splits a loop that reads memory in two, so that an inner loop over the
 * words of a block would be neither unrolled nor rid of its checks, at half the speed. There is a loop for every number of
 * bits because shifts must be constants.
 */
final class SimdWords {
    private SimdWords() {}

    /** What sums begin with. */
    static void starts(SimdRun run) {
        int first = run.block * run.groupsOfBlock();
        for (int column = 0; column < 2 * PAIR; column += SHORT.length()) {
            starts(run.factors.starts, first, run.groups(), run.halfDots, column);
        }
    }

    private static void starts(int[] starts, int first, int groups, short[] sums, int to) {
        for (int group = 0; group < groups; group++) {
            twice(starts[first + group]).intoArray(sums, group * 2 * PAIR + to);
        }
    }

    static void four(SimdRun run) {
        for (int row = 0; row < ROWS; row += LANES) {
            long at = run.strip.levelsAt(run.block) + 4 * row;
            int factor = run.block * 4 * FIELDS;
            four(
                    run.strip.weights(),
                    at,
                    run.apart,
                    run.blocks * 4,
                    run.factors.factors,
                    factor,
                    run.halfDots,
                    2 * row);
        }
    }

    private static void four(
            MemorySegment w, long at, long apart, int words, int[] factors, int factor, short[] sums, int to) {
        for (int i = 0; i < words; i++) {
            long from = at + (long) i * VECTOR;
            ShortVector first = SimdLevels.load(w, from);
            ShortVector second = SimdLevels.load(w, from + apart);
            int f = factor + i * FIELDS;
            int sum = i / 4 * 2 * PAIR + to;
            add(fields(first, 4, 8, 12, factors, f), sums, sum);
            add(fields(second, 4, 8, 12, factors, f), sums, sum + 2 * ROWS);
        }
    }

    static void five(SimdRun run) {
        for (int row = 0; row < ROWS; row += LANES) {
            long at = run.strip.levelsAt(run.block) + 4 * row;
            int factor = run.block * 5 * FIELDS;
            five(
                    run.strip.weights(),
                    at,
                    run.apart,
                    run.blocks * 5,
                    run.factors.factors,
                    factor,
                    run.halfDots,
                    2 * row);
        }
    }

    private static void five(
            MemorySegment w, long at, long apart, int words, int[] factors, int factor, short[] sums, int to) {
        for (int i = 0; i < words; i++) {
            long from = at + (long) i * VECTOR;
            ShortVector first = SimdLevels.load(w, from);
            ShortVector second = SimdLevels.load(w, from + apart);
            int f = factor + i * FIELDS;
            int sum = i / 5 * 2 * PAIR + to;
            add(fields(first, 5, 10, 15, factors, f), sums, sum);
            add(fields(second, 5, 10, 15, factors, f), sums, sum + 2 * ROWS);
        }
    }

    /** A group is half a block. */
    static void six(SimdRun run) {
        for (int row = 0; row < ROWS; row += LANES) {
            long at = run.strip.levelsAt(run.block) + 4 * row;
            int factor = run.block * 6 * FIELDS;
            six(run.strip.weights(), at, run.apart, run.blocks * 6, run.factors.factors, factor, run.halfDots, 2 * row);
        }
    }

    private static void six(
            MemorySegment w, long at, long apart, int words, int[] factors, int factor, short[] sums, int to) {
        for (int i = 0; i < words; i++) {
            long from = at + (long) i * VECTOR;
            ShortVector first = SimdLevels.load(w, from);
            ShortVector second = SimdLevels.load(w, from + apart);
            int f = factor + i * FIELDS;
            int sum = i / 3 * 2 * PAIR + to;
            add(fields(first, 6, 12, 14, factors, f), sums, sum);
            add(fields(second, 6, 12, 14, factors, f), sums, sum + 2 * ROWS);
        }
    }

    private static ShortVector fields(ShortVector word, int second, int third, int fourth, int[] factors, int at) {
        ShortVector a = word.mul(twice(factors[at]));
        ShortVector b = shift(word, second).mul(twice(factors[at + 1]));
        a = a.add(shift(word, third).mul(twice(factors[at + 2])));
        b = b.add(shift(word, fourth).mul(twice(factors[at + 3])));
        return a.add(b);
    }

    private static void add(ShortVector products, short[] sums, int at) {
        products.add(ShortVector.fromArray(SHORT, sums, at)).intoArray(sums, at);
    }

    private static ShortVector twice(int pair) {
        return SimdDots.twice(pair);
    }

    private static ShortVector shift(ShortVector words, int bits) {
        return words.lanewise(VectorOperators.LSHR, bits);
    }
}
