package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.WORD;
import static io.github.hanllama.quant.SimdRun.HALF_ROWS;
import static io.github.hanllama.quant.SimdRun.SECOND_HALVES;
import static io.github.hanllama.quant.SimdRun.SECOND_WORDS;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;
import static io.github.hanllama.quant.TokenFactors.CENTRE;
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

/** The same as {@link SimdGroupedFours} with levels of five bits. */
final class SimdGroupedFives {
    /** Of the words of a group. */
    private static final int FIELDS = 20;
    /** What a token has for each group: factors of the fields, and others behind them. */
    private static final int NUMBERS = TokenFactors.numbers(FIELDS);

    /** Scales and offsets of a unit. */
    private static final int UNIT = 2 * ROWS;

    private static final boolean BY_LANE = SimdHardware.shiftsShorts();

    private SimdGroupedFives() {}

    /** With scales and offsets of units, widened already, and factors of groups; a group is a block. */
    static void affine(SimdRun run) {
        int step = run.layout().blockBytes();
        for (int row = 0; row < HALF_ROWS; row += LANES) {
            affine(
                    run.strip.weights(),
                    run.strip.levelsAt(run.block) + 4 * row,
                    run.strip.factorsAt(run.block) + 2 * row,
                    step,
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
            int step,
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
        ShortVector by5 = ShortVector.broadcast(SHORT, (short) 5);
        ShortVector by10 = ShortVector.broadcast(SHORT, (short) 10);
        ShortVector by15 = ShortVector.broadcast(SHORT, (short) 15);
        for (int strip = 0; strip < strips; strip++) {
            long from = strip * stripBytes;
            int sum = sumsAt + strip * ROWS;
            FloatVector first = FloatVector.fromArray(FLOAT, sums, sum);
            FloatVector second = FloatVector.fromArray(FLOAT, sums, sum + HALF_ROWS);
            for (int i = 0; i < groups; i++) {
                long p = from + factorsAt + (long) i * step;
                IntVector pair = SimdHalfFloats.ints(w, p);
                IntVector secondPair = SimdHalfFloats.ints(w, p + SECOND_HALVES);
                int f = xAt + i * NUMBERS;
                FloatVector xScale =
                        IntVector.broadcast(INT, x[f + FIELDS + SCALE]).reinterpretAsFloats();
                FloatVector xWeight =
                        IntVector.broadcast(INT, x[f + FIELDS + WEIGHT]).reinterpretAsFloats();
                IntVector centre = IntVector.broadcast(INT, x[f + FIELDS + CENTRE]);
                ShortVector a = IntVector.broadcast(INT, x[f + FIELDS + START]).reinterpretAsShorts();
                ShortVector b = a;

                p = from + at + (long) i * step;
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

                int unit = scalesAt + strip * stripScales + (i >> unitShift) * UNIT;
                IntVector halves = a.reinterpretAsInts();
                FloatVector scale =
                        ((FloatVector) pair.and(0xff).convert(I2F, 0)).mul(FloatVector.fromArray(FLOAT, scales, unit));
                first = ((FloatVector) halves.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(halves.lanewise(ASHR, 16))
                                .add(centre)
                                .convert(I2F, 0))
                        .fma(scale.mul(xScale), first);
                FloatVector offset = ((FloatVector) pair.lanewise(ASHR, 8).convert(I2F, 0))
                        .mul(FloatVector.fromArray(FLOAT, scales, unit + ROWS));
                first = offset.fma(xWeight, first);
                halves = b.reinterpretAsInts();
                scale = ((FloatVector) secondPair.and(0xff).convert(I2F, 0))
                        .mul(FloatVector.fromArray(FLOAT, scales, unit + HALF_ROWS));
                second = ((FloatVector) halves.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(halves.lanewise(ASHR, 16))
                                .add(centre)
                                .convert(I2F, 0))
                        .fma(scale.mul(xScale), second);
                offset = ((FloatVector) secondPair.lanewise(ASHR, 8).convert(I2F, 0))
                        .mul(FloatVector.fromArray(FLOAT, scales, unit + ROWS + HALF_ROWS));
                second = offset.fma(xWeight, second);
            }
            first.intoArray(sums, sum);
            second.intoArray(sums, sum + HALF_ROWS);
        }
    }
}
