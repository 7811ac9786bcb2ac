package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.WORD;
import static io.github.hanllama.quant.SimdRun.HALF_ROWS;
import static io.github.hanllama.quant.SimdRun.SECOND_WORDS;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;
import static io.github.hanllama.quant.TokenFactors.FIELDS;
import static io.github.hanllama.quant.TokenFactors.START;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Integer products of one token with levels of five bits straight from memory, as {@link SimdFours}.
 *
 * <p>Written out word by word, without a method of ours, for the reasons that {@link SimdRun.Stage} gives.
 */
final class SimdFives {
    private static final int WORDS = 5;
    /** What a token has for each group. */
    private static final int NUMBERS = TokenFactors.numbers(WORDS);
    /** Where those behind the factors begin. */
    private static final int OTHERS = WORDS * FIELDS;

    private static final boolean BY_LANE = SimdHardware.shiftsShorts();

    private SimdFives() {}

    /** A group is a block. */
    static void one(SimdRun run) {
        for (int row = 0; row < HALF_ROWS; row += LANES) {
            one(
                    run.strip.weights(),
                    run.strip.levelsAt(run.block) + 4 * row,
                    run.groups(),
                    run.factors.factors,
                    run.firstGroup() * NUMBERS,
                    run.scratch.halfDots,
                    2 * row);
        }
    }

    private static void one(MemorySegment w, long at, int groups, int[] x, int xAt, short[] dots, int dotsAt) {
        ShortVector by5 = ShortVector.broadcast(SHORT, (short) 5);
        ShortVector by10 = ShortVector.broadcast(SHORT, (short) 10);
        ShortVector by15 = ShortVector.broadcast(SHORT, (short) 15);
        for (int i = 0; i < groups; i++) {
            long p = at + (long) i * (WORDS * WORD);
            int f = xAt + i * NUMBERS;
            ShortVector a = IntVector.broadcast(INT, x[f + OTHERS + START]).reinterpretAsShorts();
            ShortVector b = a;

            ShortVector x0 = IntVector.broadcast(INT, x[f]).reinterpretAsShorts();
            ShortVector x1 = IntVector.broadcast(INT, x[f + 1]).reinterpretAsShorts();
            ShortVector x2 = IntVector.broadcast(INT, x[f + 2]).reinterpretAsShorts();
            ShortVector x3 = IntVector.broadcast(INT, x[f + 3]).reinterpretAsShorts();
            ShortVector word = ShortVector.fromMemorySegment(SHORT, w, p, LITTLE_ENDIAN);
            a = a.add(word.mul(x0)
                    .add((BY_LANE ? word.lanewise(LSHR, by5) : word.lanewise(LSHR, 5)).mul(x1))
                    .add((BY_LANE ? word.lanewise(LSHR, by10) : word.lanewise(LSHR, 10))
                            .mul(x2)
                            .add((BY_LANE ? word.lanewise(LSHR, by15) : word.lanewise(LSHR, 15)).mul(x3))));
            word = ShortVector.fromMemorySegment(SHORT, w, p + SECOND_WORDS, LITTLE_ENDIAN);
            b = b.add(word.mul(x0)
                    .add((BY_LANE ? word.lanewise(LSHR, by5) : word.lanewise(LSHR, 5)).mul(x1))
                    .add((BY_LANE ? word.lanewise(LSHR, by10) : word.lanewise(LSHR, 10))
                            .mul(x2)
                            .add((BY_LANE ? word.lanewise(LSHR, by15) : word.lanewise(LSHR, 15)).mul(x3))));

            x0 = IntVector.broadcast(INT, x[f + 4]).reinterpretAsShorts();
            x1 = IntVector.broadcast(INT, x[f + 5]).reinterpretAsShorts();
            x2 = IntVector.broadcast(INT, x[f + 6]).reinterpretAsShorts();
            x3 = IntVector.broadcast(INT, x[f + 7]).reinterpretAsShorts();
            word = ShortVector.fromMemorySegment(SHORT, w, p + WORD, LITTLE_ENDIAN);
            a = a.add(word.mul(x0)
                    .add((BY_LANE ? word.lanewise(LSHR, by5) : word.lanewise(LSHR, 5)).mul(x1))
                    .add((BY_LANE ? word.lanewise(LSHR, by10) : word.lanewise(LSHR, 10))
                            .mul(x2)
                            .add((BY_LANE ? word.lanewise(LSHR, by15) : word.lanewise(LSHR, 15)).mul(x3))));
            word = ShortVector.fromMemorySegment(SHORT, w, p + WORD + SECOND_WORDS, LITTLE_ENDIAN);
            b = b.add(word.mul(x0)
                    .add((BY_LANE ? word.lanewise(LSHR, by5) : word.lanewise(LSHR, 5)).mul(x1))
                    .add((BY_LANE ? word.lanewise(LSHR, by10) : word.lanewise(LSHR, 10))
                            .mul(x2)
                            .add((BY_LANE ? word.lanewise(LSHR, by15) : word.lanewise(LSHR, 15)).mul(x3))));

            x0 = IntVector.broadcast(INT, x[f + 8]).reinterpretAsShorts();
            x1 = IntVector.broadcast(INT, x[f + 9]).reinterpretAsShorts();
            x2 = IntVector.broadcast(INT, x[f + 10]).reinterpretAsShorts();
            x3 = IntVector.broadcast(INT, x[f + 11]).reinterpretAsShorts();
            word = ShortVector.fromMemorySegment(SHORT, w, p + 2 * WORD, LITTLE_ENDIAN);
            a = a.add(word.mul(x0)
                    .add((BY_LANE ? word.lanewise(LSHR, by5) : word.lanewise(LSHR, 5)).mul(x1))
                    .add((BY_LANE ? word.lanewise(LSHR, by10) : word.lanewise(LSHR, 10))
                            .mul(x2)
                            .add((BY_LANE ? word.lanewise(LSHR, by15) : word.lanewise(LSHR, 15)).mul(x3))));
            word = ShortVector.fromMemorySegment(SHORT, w, p + 2 * WORD + SECOND_WORDS, LITTLE_ENDIAN);
            b = b.add(word.mul(x0)
                    .add((BY_LANE ? word.lanewise(LSHR, by5) : word.lanewise(LSHR, 5)).mul(x1))
                    .add((BY_LANE ? word.lanewise(LSHR, by10) : word.lanewise(LSHR, 10))
                            .mul(x2)
                            .add((BY_LANE ? word.lanewise(LSHR, by15) : word.lanewise(LSHR, 15)).mul(x3))));

            x0 = IntVector.broadcast(INT, x[f + 12]).reinterpretAsShorts();
            x1 = IntVector.broadcast(INT, x[f + 13]).reinterpretAsShorts();
            x2 = IntVector.broadcast(INT, x[f + 14]).reinterpretAsShorts();
            x3 = IntVector.broadcast(INT, x[f + 15]).reinterpretAsShorts();
            word = ShortVector.fromMemorySegment(SHORT, w, p + 3 * WORD, LITTLE_ENDIAN);
            a = a.add(word.mul(x0)
                    .add((BY_LANE ? word.lanewise(LSHR, by5) : word.lanewise(LSHR, 5)).mul(x1))
                    .add((BY_LANE ? word.lanewise(LSHR, by10) : word.lanewise(LSHR, 10))
                            .mul(x2)
                            .add((BY_LANE ? word.lanewise(LSHR, by15) : word.lanewise(LSHR, 15)).mul(x3))));
            word = ShortVector.fromMemorySegment(SHORT, w, p + 3 * WORD + SECOND_WORDS, LITTLE_ENDIAN);
            b = b.add(word.mul(x0)
                    .add((BY_LANE ? word.lanewise(LSHR, by5) : word.lanewise(LSHR, 5)).mul(x1))
                    .add((BY_LANE ? word.lanewise(LSHR, by10) : word.lanewise(LSHR, 10))
                            .mul(x2)
                            .add((BY_LANE ? word.lanewise(LSHR, by15) : word.lanewise(LSHR, 15)).mul(x3))));

            x0 = IntVector.broadcast(INT, x[f + 16]).reinterpretAsShorts();
            x1 = IntVector.broadcast(INT, x[f + 17]).reinterpretAsShorts();
            x2 = IntVector.broadcast(INT, x[f + 18]).reinterpretAsShorts();
            x3 = IntVector.broadcast(INT, x[f + 19]).reinterpretAsShorts();
            word = ShortVector.fromMemorySegment(SHORT, w, p + 4 * WORD, LITTLE_ENDIAN);
            a = a.add(word.mul(x0)
                    .add((BY_LANE ? word.lanewise(LSHR, by5) : word.lanewise(LSHR, 5)).mul(x1))
                    .add((BY_LANE ? word.lanewise(LSHR, by10) : word.lanewise(LSHR, 10))
                            .mul(x2)
                            .add((BY_LANE ? word.lanewise(LSHR, by15) : word.lanewise(LSHR, 15)).mul(x3))));
            word = ShortVector.fromMemorySegment(SHORT, w, p + 4 * WORD + SECOND_WORDS, LITTLE_ENDIAN);
            b = b.add(word.mul(x0)
                    .add((BY_LANE ? word.lanewise(LSHR, by5) : word.lanewise(LSHR, 5)).mul(x1))
                    .add((BY_LANE ? word.lanewise(LSHR, by10) : word.lanewise(LSHR, 10))
                            .mul(x2)
                            .add((BY_LANE ? word.lanewise(LSHR, by15) : word.lanewise(LSHR, 15)).mul(x3))));

            a.intoArray(dots, dotsAt + i * 2 * ROWS);
            b.intoArray(dots, dotsAt + i * 2 * ROWS + 2 * HALF_ROWS);
        }
    }
}
