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
import static io.github.hanllama.quant.TokenFactors.WEIGHT;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** The same as {@link SimdGroupedFours} with levels of two bits. */
final class SimdTwos {
    /** Of the words of a group. */
    private static final int FIELDS = 8;
    /** What a token has for each group: factors of the fields, and others behind them. */
    private static final int NUMBERS = TokenFactors.numbers(FIELDS);

    /** Scales and offsets of a unit. */
    private static final int UNIT = 2 * ROWS;
    /** Bytes of a block of two groups. */
    private static final int Q2_K = HALVES + 2 * WORD;

    private static final boolean BY_LANE = SimdHardware.shiftsShorts();

    private SimdTwos() {}

    /** With scales and offsets of units, widened already, and factors of groups; a group is half a block. */
    static void affine(SimdRun run) {
        for (int row = 0; row < HALF_ROWS; row += LANES) {
            affine(
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
                    run.units() * UNIT,
                    run.sums,
                    run.sumsAt + row);
        }
    }

    private static void affine(
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
        ShortVector by2 = ShortVector.broadcast(SHORT, (short) 2);
        ShortVector by4 = ShortVector.broadcast(SHORT, (short) 4);
        ShortVector by6 = ShortVector.broadcast(SHORT, (short) 6);
        ShortVector by8 = ShortVector.broadcast(SHORT, (short) 8);
        ShortVector by10 = ShortVector.broadcast(SHORT, (short) 10);
        ShortVector by12 = ShortVector.broadcast(SHORT, (short) 12);
        ShortVector by14 = ShortVector.broadcast(SHORT, (short) 14);
        for (int strip = 0; strip < strips; strip++) {
            long from = strip * stripBytes;
            int sum = sumsAt + strip * ROWS;
            FloatVector first = FloatVector.fromArray(FLOAT, sums, sum);
            FloatVector second = FloatVector.fromArray(FLOAT, sums, sum + HALF_ROWS);
            for (int i = 0; i < groups; i++) {
                long p = from + factorsAt + (long) (i >> 1) * Q2_K;
                int right = (i & 1) * 8;
                IntVector pair = SimdHalfFloats.ints(w, p).lanewise(LSHR, right);
                IntVector secondPair = SimdHalfFloats.ints(w, p + SECOND_HALVES).lanewise(LSHR, right);
                int f = xAt + i * NUMBERS;
                FloatVector xScale =
                        IntVector.broadcast(INT, x[f + FIELDS + SCALE]).reinterpretAsFloats();
                FloatVector xWeight =
                        IntVector.broadcast(INT, x[f + FIELDS + WEIGHT]).reinterpretAsFloats();
                ShortVector a = IntVector.broadcast(INT, x[f + FIELDS + START]).reinterpretAsShorts();
                ShortVector b = a;

                p = from + at + (long) (i >> 1) * Q2_K + (i & 1) * WORD;
                ShortVector x0 = IntVector.broadcast(INT, x[f]).reinterpretAsShorts();
                ShortVector x1 = IntVector.broadcast(INT, x[f + 1]).reinterpretAsShorts();
                ShortVector x2 = IntVector.broadcast(INT, x[f + 2]).reinterpretAsShorts();
                ShortVector x3 = IntVector.broadcast(INT, x[f + 3]).reinterpretAsShorts();
                ShortVector x4 = IntVector.broadcast(INT, x[f + 4]).reinterpretAsShorts();
                ShortVector x5 = IntVector.broadcast(INT, x[f + 5]).reinterpretAsShorts();
                ShortVector x6 = IntVector.broadcast(INT, x[f + 6]).reinterpretAsShorts();
                ShortVector x7 = IntVector.broadcast(INT, x[f + 7]).reinterpretAsShorts();
                ShortVector word = ShortVector.fromMemorySegment(SHORT, w, p, LITTLE_ENDIAN);
                a = a.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by2) : word.lanewise(LSHR, 2)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by6) : word.lanewise(LSHR, 6)).mul(x3)))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x4)
                                .add((BY_LANE ? word.lanewise(LSHR, by10) : word.lanewise(LSHR, 10)).mul(x5))
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12))
                                        .mul(x6)
                                        .add((BY_LANE ? word.lanewise(LSHR, by14) : word.lanewise(LSHR, 14))
                                                .mul(x7)))));
                word = ShortVector.fromMemorySegment(SHORT, w, p + SECOND_WORDS, LITTLE_ENDIAN);
                b = b.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by2) : word.lanewise(LSHR, 2)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by6) : word.lanewise(LSHR, 6)).mul(x3)))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x4)
                                .add((BY_LANE ? word.lanewise(LSHR, by10) : word.lanewise(LSHR, 10)).mul(x5))
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12))
                                        .mul(x6)
                                        .add((BY_LANE ? word.lanewise(LSHR, by14) : word.lanewise(LSHR, 14))
                                                .mul(x7)))));

                int unit = scalesAt + strip * stripScales + (i >> unitShift) * UNIT;
                IntVector halves = a.reinterpretAsInts();
                FloatVector scale =
                        ((FloatVector) pair.and(15).convert(I2F, 0)).mul(FloatVector.fromArray(FLOAT, scales, unit));
                first = ((FloatVector) halves.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(halves.lanewise(ASHR, 16))
                                .convert(I2F, 0))
                        .fma(scale.mul(xScale), first);
                FloatVector offset = ((FloatVector)
                                pair.lanewise(LSHR, 4).and(15).convert(I2F, 0))
                        .mul(FloatVector.fromArray(FLOAT, scales, unit + ROWS));
                first = offset.fma(xWeight, first);
                halves = b.reinterpretAsInts();
                scale = ((FloatVector) secondPair.and(15).convert(I2F, 0))
                        .mul(FloatVector.fromArray(FLOAT, scales, unit + HALF_ROWS));
                second = ((FloatVector) halves.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(halves.lanewise(ASHR, 16))
                                .convert(I2F, 0))
                        .fma(scale.mul(xScale), second);
                offset = ((FloatVector) secondPair.lanewise(LSHR, 4).and(15).convert(I2F, 0))
                        .mul(FloatVector.fromArray(FLOAT, scales, unit + ROWS + HALF_ROWS));
                second = offset.fma(xWeight, second);
            }
            first.intoArray(sums, sum);
            second.intoArray(sums, sum + HALF_ROWS);
        }
    }
}
