package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.HALVES;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.WORD;
import static io.github.hanllama.quant.SimdHalfFloats.BACK;
import static io.github.hanllama.quant.SimdHalfFloats.MAGNITUDE;
import static io.github.hanllama.quant.SimdHalfFloats.SIGN;
import static io.github.hanllama.quant.SimdHalfFloats.SUBNORMAL;
import static io.github.hanllama.quant.SimdHalfFloats.TOO_HIGH;
import static io.github.hanllama.quant.SimdRun.HALF_ROWS;
import static io.github.hanllama.quant.SimdRun.SECOND_HALVES;
import static io.github.hanllama.quant.SimdRun.SECOND_WORDS;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.HALF;
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
import static jdk.incubator.vector.VectorOperators.S2I;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** The same as {@link SimdFours} with levels of five bits. */
final class SimdFives {
    /** Of the words of a group. */
    private static final int FIELDS = 20;
    /** What a token has for each group: factors of the fields, and others behind them. */
    private static final int NUMBERS = TokenFactors.numbers(FIELDS);

    private static final boolean BY_LANE = SimdHardware.shiftsShorts();

    private SimdFives() {}

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
        ShortVector by5 = ShortVector.broadcast(SHORT, (short) 5);
        ShortVector by10 = ShortVector.broadcast(SHORT, (short) 10);
        ShortVector by15 = ShortVector.broadcast(SHORT, (short) 15);
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
                        IntVector.broadcast(INT, x[f + FIELDS + SCALE]).reinterpretAsFloats();
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

    /** With offsets, too. */
    static void affine(SimdRun run) {
        int step = run.layout().blockBytes();
        for (int row = 0; row < HALF_ROWS; row += LANES) {
            affine(
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

    private static void affine(
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
        ShortVector by5 = ShortVector.broadcast(SHORT, (short) 5);
        ShortVector by10 = ShortVector.broadcast(SHORT, (short) 10);
        ShortVector by15 = ShortVector.broadcast(SHORT, (short) 15);
        for (int strip = 0; strip < strips; strip++) {
            long from = strip * stripBytes;
            int sum = sumsAt + strip * ROWS;
            FloatVector first = FloatVector.fromArray(FLOAT, sums, sum);
            FloatVector second = FloatVector.fromArray(FLOAT, sums, sum + HALF_ROWS);
            for (int i = 0; i < groups; i++) {
                long p = from + scalesAt + (long) i * step;
                FloatVector scale = SimdHalfFloats.widenF16(w, p);
                FloatVector secondScale = SimdHalfFloats.widenF16(w, p + SECOND_HALVES);
                FloatVector offset = SimdHalfFloats.widenF16(w, p + HALVES);
                // by hand, since C2 does not inline a fourth call
                IntVector half = ((IntVector)
                                ShortVector.fromMemorySegment(HALF, w, p + HALVES + SECOND_HALVES, LITTLE_ENDIAN)
                                        .convertShape(S2I, INT, 0))
                        .lanewise(LSHL, 13);
                IntVector magnitude = half.and(MAGNITUDE).add(TOO_HIGH);
                FloatVector secondOffset = magnitude
                        .min(magnitude.reinterpretAsFloats().fma(2f, SUBNORMAL).reinterpretAsInts())
                        .reinterpretAsFloats()
                        .mul(BACK)
                        .reinterpretAsInts()
                        .or(half.and(SIGN))
                        .reinterpretAsFloats();
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

                IntVector halves = a.reinterpretAsInts();
                first = ((FloatVector) halves.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(halves.lanewise(ASHR, 16))
                                .add(centre)
                                .convert(I2F, 0))
                        .fma(scale.mul(xScale), first);
                first = offset.fma(xWeight, first);
                halves = b.reinterpretAsInts();
                second = ((FloatVector) halves.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(halves.lanewise(ASHR, 16))
                                .add(centre)
                                .convert(I2F, 0))
                        .fma(secondScale.mul(xScale), second);
                second = secondOffset.fma(xWeight, second);
            }
            first.intoArray(sums, sum);
            second.intoArray(sums, sum + HALF_ROWS);
        }
    }
}
