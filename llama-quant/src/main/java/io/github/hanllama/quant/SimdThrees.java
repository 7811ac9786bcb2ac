package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.HALVES;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.WORD;
import static io.github.hanllama.quant.SimdRun.HALF_ROWS;
import static io.github.hanllama.quant.SimdRun.SECOND_HALVES;
import static io.github.hanllama.quant.SimdRun.SECOND_WORDS;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;
import static io.github.hanllama.quant.TokenFactors.SCALE;
import static io.github.hanllama.quant.TokenFactors.START;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** The same as {@link SimdSixes} with levels of three bits. */
final class SimdThrees {
    /** Of the words of a group. */
    private static final int FIELDS = 9;
    /** What a token has for each group: factors of the fields, and others behind them. */
    private static final int NUMBERS = TokenFactors.numbers(FIELDS);
    /** Bytes of a block of two groups, which share the word in the middle. */
    private static final int Q3_K = HALVES + 3 * WORD;

    private static final boolean BY_LANE = SimdHardware.shiftsShorts();

    private SimdThrees() {}

    /** With scales of units, widened already, and factors of groups; a group is half a block. */
    static void symmetric(SimdRun run) {
        for (int row = 0; row < HALF_ROWS; row += LANES) {
            symmetric(
                    run.strip.weights(),
                    run.strip.levelsAt(run.block) + 4 * row,
                    run.strip.factorsAt(run.block) + 2 * row,
                    run.groups(),
                    run.strips,
                    run.stripBytes,
                    run.factors.factors,
                    run.firstGroup() * NUMBERS,
                    run.scratch.unitScales,
                    row,
                    run.unitShift,
                    run.units() * ROWS,
                    run.sums,
                    run.sumsAt + row);
        }
    }

    private static void symmetric(
            MemorySegment w,
            long at,
            long factorsAt,
            int groups,
            int strips,
            long stripBytes,
            int[] x,
            int xAt,
            float[] scales,
            int scalesAt,
            int unitShift,
            int stripScales,
            float[] sums,
            int sumsAt) {
        ShortVector by3 = ShortVector.broadcast(SHORT, (short) 3);
        ShortVector by6 = ShortVector.broadcast(SHORT, (short) 6);
        ShortVector by9 = ShortVector.broadcast(SHORT, (short) 9);
        ShortVector by12 = ShortVector.broadcast(SHORT, (short) 12);
        ShortVector by15 = ShortVector.broadcast(SHORT, (short) 15);
        ShortVector by8 = ShortVector.broadcast(SHORT, (short) 8);
        ShortVector by11 = ShortVector.broadcast(SHORT, (short) 11);
        ShortVector by14 = ShortVector.broadcast(SHORT, (short) 14);
        for (int strip = 0; strip < strips; strip++) {
            long from = strip * stripBytes;
            int sum = sumsAt + strip * ROWS;
            FloatVector first = FloatVector.fromArray(FLOAT, sums, sum);
            FloatVector second = FloatVector.fromArray(FLOAT, sums, sum + HALF_ROWS);
            for (int i = 0; i < groups; i++) {
                long p = from + factorsAt + (long) (i >> 1) * Q3_K;
                int left = (i & 1) == 0 ? 24 : 16;
                IntVector factor =
                        SimdHalfFloats.ints(w, p).lanewise(LSHL, left).lanewise(ASHR, 24);
                IntVector secondFactor = SimdHalfFloats.ints(w, p + SECOND_HALVES)
                        .lanewise(LSHL, left)
                        .lanewise(ASHR, 24);
                int f = xAt + i * NUMBERS;
                FloatVector xScale =
                        IntVector.broadcast(INT, x[f + FIELDS + SCALE]).reinterpretAsFloats();
                ShortVector a = IntVector.broadcast(INT, x[f + FIELDS + START]).reinterpretAsShorts();
                ShortVector b = a;

                long block = from + at + (long) (i >> 1) * Q3_K;
                p = block + (i & 1) * (2 * WORD);
                ShortVector x0 = IntVector.broadcast(INT, x[f]).reinterpretAsShorts();
                ShortVector x1 = IntVector.broadcast(INT, x[f + 1]).reinterpretAsShorts();
                ShortVector x2 = IntVector.broadcast(INT, x[f + 2]).reinterpretAsShorts();
                ShortVector x3 = IntVector.broadcast(INT, x[f + 3]).reinterpretAsShorts();
                ShortVector x4 = IntVector.broadcast(INT, x[f + 4]).reinterpretAsShorts();
                ShortVector x5 = IntVector.broadcast(INT, x[f + 5]).reinterpretAsShorts();
                ShortVector word = ShortVector.fromMemorySegment(SHORT, w, p, LITTLE_ENDIAN);
                a = a.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by3) : word.lanewise(LSHR, 3)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by6) : word.lanewise(LSHR, 6)).mul(x2))
                        .add((BY_LANE ? word.lanewise(LSHR, by9) : word.lanewise(LSHR, 9))
                                .mul(x3)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x4))
                                .add((BY_LANE ? word.lanewise(LSHR, by15) : word.lanewise(LSHR, 15)).mul(x5))));
                word = ShortVector.fromMemorySegment(SHORT, w, p + SECOND_WORDS, LITTLE_ENDIAN);
                b = b.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by3) : word.lanewise(LSHR, 3)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by6) : word.lanewise(LSHR, 6)).mul(x2))
                        .add((BY_LANE ? word.lanewise(LSHR, by9) : word.lanewise(LSHR, 9))
                                .mul(x3)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x4))
                                .add((BY_LANE ? word.lanewise(LSHR, by15) : word.lanewise(LSHR, 15)).mul(x5))));

                // half words of the first group, whose bytes are the lower ones, begin a byte earlier
                p = block + WORD - 1 + (i & 1);
                x0 = IntVector.broadcast(INT, x[f + 6]).reinterpretAsShorts();
                x1 = IntVector.broadcast(INT, x[f + 7]).reinterpretAsShorts();
                x2 = IntVector.broadcast(INT, x[f + 8]).reinterpretAsShorts();
                word = ShortVector.fromMemorySegment(SHORT, w, p, LITTLE_ENDIAN);
                a = a.add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                        .mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by11) : word.lanewise(LSHR, 11)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by14) : word.lanewise(LSHR, 14)).mul(x2)));
                word = ShortVector.fromMemorySegment(SHORT, w, p + SECOND_WORDS, LITTLE_ENDIAN);
                b = b.add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                        .mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by11) : word.lanewise(LSHR, 11)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by14) : word.lanewise(LSHR, 14)).mul(x2)));

                int unit = scalesAt + strip * stripScales + (i >> unitShift) * ROWS;
                IntVector halves = a.reinterpretAsInts();
                FloatVector scale =
                        ((FloatVector) factor.convert(I2F, 0)).mul(FloatVector.fromArray(FLOAT, scales, unit));
                first = ((FloatVector) halves.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(halves.lanewise(ASHR, 16))
                                .convert(I2F, 0))
                        .fma(scale.mul(xScale), first);
                halves = b.reinterpretAsInts();
                scale = ((FloatVector) secondFactor.convert(I2F, 0))
                        .mul(FloatVector.fromArray(FLOAT, scales, unit + HALF_ROWS));
                second = ((FloatVector) halves.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(halves.lanewise(ASHR, 16))
                                .convert(I2F, 0))
                        .fma(scale.mul(xScale), second);
            }
            first.intoArray(sums, sum);
            second.intoArray(sums, sum + HALF_ROWS);
        }
    }
}
