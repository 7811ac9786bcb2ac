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
import static io.github.hanllama.quant.TokenFactors.FIELDS;
import static io.github.hanllama.quant.TokenFactors.SCALE;
import static io.github.hanllama.quant.TokenFactors.START;
import static io.github.hanllama.quant.TokenFactors.WEIGHT;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Products of one token with levels of four bits straight from memory: integers in lanes of 16 bits until a group is complete,
 * then times its scales.
 *
 * <p>Everything in one loop, so that reading goes on while sums are scaled; written out word by word for the reasons that
 * {@link SimdRun.Stage} gives. What is added goes by twos, which shortens the chain of additions.
 */
final class SimdFours {
    private static final int WORDS = 4;
    /** What a token has for each group. */
    private static final int NUMBERS = TokenFactors.numbers(WORDS);
    /** Where those behind the factors begin. */
    private static final int OTHERS = WORDS * FIELDS;

    /** Scales and offsets of a unit. */
    private static final int UNIT = 2 * ROWS;

    private static final boolean BY_LANE = SimdHardware.shiftsShorts();
    /** Factors of one, for types that have none. */
    private static final MemorySegment ONES =
            Arena.global().allocate(HALVES, HALVES).fill((byte) 1);

    private SimdFours() {}

    /** With f16 scales; a group is a block. */
    static void symmetric(SimdRun run) {
        int step = run.layout().blockBytes(); // a constant would let loads lose their order, as SimdRun.Stage says
        for (int row = 0; row < HALF_ROWS; row += LANES) {
            symmetric(
                    run.strip.weights(),
                    run.strip.levelsAt(run.block) + 4 * row,
                    run.scalesAt() + 2 * row,
                    step,
                    run.groups(),
                    run.strips,
                    run.stripBytes,
                    run.factors.factors,
                    run.firstGroup() * NUMBERS,
                    run.sums,
                    run.sumsAt + row);
        }
    }

    private static void symmetric(
            MemorySegment w,
            long at,
            long scalesAt,
            int step,
            int groups,
            int strips,
            long stripBytes,
            int[] x,
            int xAt,
            float[] sums,
            int sumsAt) {
        ShortVector by4 = ShortVector.broadcast(SHORT, (short) 4);
        ShortVector by8 = ShortVector.broadcast(SHORT, (short) 8);
        ShortVector by12 = ShortVector.broadcast(SHORT, (short) 12);
        for (int strip = 0; strip < strips; strip++) {
            long from = strip * stripBytes;
            int sum = sumsAt + strip * ROWS;
            FloatVector first = FloatVector.fromArray(FLOAT, sums, sum);
            FloatVector second = FloatVector.fromArray(FLOAT, sums, sum + HALF_ROWS);
            for (int i = 0; i < groups; i++) {
                long p = from + scalesAt + (long) i * step;
                FloatVector scale = SimdHalfFloats.widenF16(w, p);
                FloatVector secondScale = SimdHalfFloats.widenF16(w, p + SECOND_HALVES);
                int f = xAt + i * NUMBERS;
                FloatVector xScale =
                        IntVector.broadcast(INT, x[f + OTHERS + SCALE]).reinterpretAsFloats();
                ShortVector a = IntVector.broadcast(INT, x[f + OTHERS + START]).reinterpretAsShorts();
                ShortVector b = a;

                p = from + at + (long) i * step;
                ShortVector x0 = IntVector.broadcast(INT, x[f]).reinterpretAsShorts();
                ShortVector x1 = IntVector.broadcast(INT, x[f + 1]).reinterpretAsShorts();
                ShortVector x2 = IntVector.broadcast(INT, x[f + 2]).reinterpretAsShorts();
                ShortVector x3 = IntVector.broadcast(INT, x[f + 3]).reinterpretAsShorts();
                ShortVector word = ShortVector.fromMemorySegment(SHORT, w, p, LITTLE_ENDIAN);
                a = a.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));
                word = ShortVector.fromMemorySegment(SHORT, w, p + SECOND_WORDS, LITTLE_ENDIAN);
                b = b.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));

                x0 = IntVector.broadcast(INT, x[f + 4]).reinterpretAsShorts();
                x1 = IntVector.broadcast(INT, x[f + 5]).reinterpretAsShorts();
                x2 = IntVector.broadcast(INT, x[f + 6]).reinterpretAsShorts();
                x3 = IntVector.broadcast(INT, x[f + 7]).reinterpretAsShorts();
                word = ShortVector.fromMemorySegment(SHORT, w, p + WORD, LITTLE_ENDIAN);
                a = a.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));
                word = ShortVector.fromMemorySegment(SHORT, w, p + WORD + SECOND_WORDS, LITTLE_ENDIAN);
                b = b.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));

                x0 = IntVector.broadcast(INT, x[f + 8]).reinterpretAsShorts();
                x1 = IntVector.broadcast(INT, x[f + 9]).reinterpretAsShorts();
                x2 = IntVector.broadcast(INT, x[f + 10]).reinterpretAsShorts();
                x3 = IntVector.broadcast(INT, x[f + 11]).reinterpretAsShorts();
                word = ShortVector.fromMemorySegment(SHORT, w, p + 2 * WORD, LITTLE_ENDIAN);
                a = a.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));
                word = ShortVector.fromMemorySegment(SHORT, w, p + 2 * WORD + SECOND_WORDS, LITTLE_ENDIAN);
                b = b.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));

                x0 = IntVector.broadcast(INT, x[f + 12]).reinterpretAsShorts();
                x1 = IntVector.broadcast(INT, x[f + 13]).reinterpretAsShorts();
                x2 = IntVector.broadcast(INT, x[f + 14]).reinterpretAsShorts();
                x3 = IntVector.broadcast(INT, x[f + 15]).reinterpretAsShorts();
                word = ShortVector.fromMemorySegment(SHORT, w, p + 3 * WORD, LITTLE_ENDIAN);
                a = a.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));
                word = ShortVector.fromMemorySegment(SHORT, w, p + 3 * WORD + SECOND_WORDS, LITTLE_ENDIAN);
                b = b.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));

                IntVector halves = a.reinterpretAsInts();
                first = ((FloatVector) halves.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(halves.lanewise(ASHR, 16))
                                .convert(I2F, 0))
                        .fma(scale.mul(xScale), first);
                halves = b.reinterpretAsInts();
                second = ((FloatVector) halves.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(halves.lanewise(ASHR, 16))
                                .convert(I2F, 0))
                        .fma(secondScale.mul(xScale), second);
            }
            first.intoArray(sums, sum);
            second.intoArray(sums, sum + HALF_ROWS);
        }
    }

    /** With scales and offsets of units, widened already, and factors of groups; a group is a block. */
    static void affine(SimdRun run) {
        boolean grouped = run.layout().grouped();
        int step = run.layout().blockBytes();
        for (int row = 0; row < HALF_ROWS; row += LANES) {
            affine(
                    run.strip.weights(),
                    run.strip.levelsAt(run.block) + 4 * row,
                    step,
                    grouped ? run.strip.weights() : ONES,
                    (grouped ? run.strip.factorsAt(run.block) : 0) + 2 * row,
                    grouped ? run.layout().factorsStep() : 0,
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
            int step,
            MemorySegment factors,
            long factorsAt,
            int factorsStep,
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
        ShortVector by4 = ShortVector.broadcast(SHORT, (short) 4);
        ShortVector by8 = ShortVector.broadcast(SHORT, (short) 8);
        ShortVector by12 = ShortVector.broadcast(SHORT, (short) 12);
        for (int strip = 0; strip < strips; strip++) {
            long from = strip * stripBytes;
            int sum = sumsAt + strip * ROWS;
            FloatVector first = FloatVector.fromArray(FLOAT, sums, sum);
            FloatVector second = FloatVector.fromArray(FLOAT, sums, sum + HALF_ROWS);
            for (int i = 0; i < groups; i++) {
                long p = from + factorsAt + (long) i * factorsStep;
                IntVector pair = SimdHalfFloats.ints(factors, p);
                IntVector secondPair = SimdHalfFloats.ints(factors, p + SECOND_HALVES);
                int f = xAt + i * NUMBERS;
                FloatVector xScale =
                        IntVector.broadcast(INT, x[f + OTHERS + SCALE]).reinterpretAsFloats();
                FloatVector xWeight =
                        IntVector.broadcast(INT, x[f + OTHERS + WEIGHT]).reinterpretAsFloats();
                ShortVector a = IntVector.broadcast(INT, x[f + OTHERS + START]).reinterpretAsShorts();
                ShortVector b = a;

                p = from + at + (long) i * step;
                ShortVector x0 = IntVector.broadcast(INT, x[f]).reinterpretAsShorts();
                ShortVector x1 = IntVector.broadcast(INT, x[f + 1]).reinterpretAsShorts();
                ShortVector x2 = IntVector.broadcast(INT, x[f + 2]).reinterpretAsShorts();
                ShortVector x3 = IntVector.broadcast(INT, x[f + 3]).reinterpretAsShorts();
                ShortVector word = ShortVector.fromMemorySegment(SHORT, w, p, LITTLE_ENDIAN);
                a = a.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));
                word = ShortVector.fromMemorySegment(SHORT, w, p + SECOND_WORDS, LITTLE_ENDIAN);
                b = b.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));

                x0 = IntVector.broadcast(INT, x[f + 4]).reinterpretAsShorts();
                x1 = IntVector.broadcast(INT, x[f + 5]).reinterpretAsShorts();
                x2 = IntVector.broadcast(INT, x[f + 6]).reinterpretAsShorts();
                x3 = IntVector.broadcast(INT, x[f + 7]).reinterpretAsShorts();
                word = ShortVector.fromMemorySegment(SHORT, w, p + WORD, LITTLE_ENDIAN);
                a = a.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));
                word = ShortVector.fromMemorySegment(SHORT, w, p + WORD + SECOND_WORDS, LITTLE_ENDIAN);
                b = b.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));

                x0 = IntVector.broadcast(INT, x[f + 8]).reinterpretAsShorts();
                x1 = IntVector.broadcast(INT, x[f + 9]).reinterpretAsShorts();
                x2 = IntVector.broadcast(INT, x[f + 10]).reinterpretAsShorts();
                x3 = IntVector.broadcast(INT, x[f + 11]).reinterpretAsShorts();
                word = ShortVector.fromMemorySegment(SHORT, w, p + 2 * WORD, LITTLE_ENDIAN);
                a = a.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));
                word = ShortVector.fromMemorySegment(SHORT, w, p + 2 * WORD + SECOND_WORDS, LITTLE_ENDIAN);
                b = b.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));

                x0 = IntVector.broadcast(INT, x[f + 12]).reinterpretAsShorts();
                x1 = IntVector.broadcast(INT, x[f + 13]).reinterpretAsShorts();
                x2 = IntVector.broadcast(INT, x[f + 14]).reinterpretAsShorts();
                x3 = IntVector.broadcast(INT, x[f + 15]).reinterpretAsShorts();
                word = ShortVector.fromMemorySegment(SHORT, w, p + 3 * WORD, LITTLE_ENDIAN);
                a = a.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));
                word = ShortVector.fromMemorySegment(SHORT, w, p + 3 * WORD + SECOND_WORDS, LITTLE_ENDIAN);
                b = b.add(word.mul(x0)
                        .add((BY_LANE ? word.lanewise(LSHR, by4) : word.lanewise(LSHR, 4)).mul(x1))
                        .add((BY_LANE ? word.lanewise(LSHR, by8) : word.lanewise(LSHR, 8))
                                .mul(x2)
                                .add((BY_LANE ? word.lanewise(LSHR, by12) : word.lanewise(LSHR, 12)).mul(x3))));

                int unit = scalesAt + strip * stripScales + (i >> unitShift) * UNIT;
                IntVector halves = a.reinterpretAsInts();
                FloatVector scale =
                        ((FloatVector) pair.and(0xff).convert(I2F, 0)).mul(FloatVector.fromArray(FLOAT, scales, unit));
                first = ((FloatVector) halves.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(halves.lanewise(ASHR, 16))
                                .convert(I2F, 0))
                        .fma(scale.mul(xScale), first);
                first = ((FloatVector) pair.lanewise(ASHR, 8).convert(I2F, 0))
                        .mul(FloatVector.fromArray(FLOAT, scales, unit + ROWS))
                        .fma(xWeight, first);

                unit += HALF_ROWS;
                halves = b.reinterpretAsInts();
                scale = ((FloatVector) secondPair.and(0xff).convert(I2F, 0))
                        .mul(FloatVector.fromArray(FLOAT, scales, unit));
                second = ((FloatVector) halves.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(halves.lanewise(ASHR, 16))
                                .convert(I2F, 0))
                        .fma(scale.mul(xScale), second);
                second = ((FloatVector) secondPair.lanewise(ASHR, 8).convert(I2F, 0))
                        .mul(FloatVector.fromArray(FLOAT, scales, unit + ROWS))
                        .fma(xWeight, second);
            }
            first.intoArray(sums, sum);
            second.intoArray(sums, sum + HALF_ROWS);
        }
    }
}
