package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.HALVES;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.SimdRun.HALF_ROWS;
import static io.github.hanllama.quant.SimdRun.SECOND_HALVES;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.HALF;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * The same as {@link SimdBlockSums} for types whose groups have integers that the scale of their unit, widened already, is
 * multiplied by; they lie behind the blocks, one after the other.
 *
 * <p>These are widened in place: by {@link SimdHalfFloats#ints}, even at the head of the loop, Q2_K came to 0.29 of the speed.
 */
final class SimdGroupSums {
    private SimdGroupSums() {}

    /** Without offsets; a block is two groups. */
    static void symmetric(SimdRun run) {
        for (int row = 0; row < HALF_ROWS; row += LANES) {
            symmetric(run, run.strip.weights(), run.strip.factorsAt(run.block) + 2 * row, row);
        }
    }

    private static void symmetric(SimdRun run, MemorySegment w, long factorsAt, int row) {
        float[] sums = run.sums;
        FloatVector first = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row);
        FloatVector second = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row + HALF_ROWS);
        TokenFactors x = run.factors;
        short[] dots = run.scratch.halfDots;
        float[] scales = run.scratch.unitScales;
        int unitShift = run.unitShift - 1;
        int blocks = run.blocks;
        int block = run.block;
        for (int i = 0; i < blocks; i++) {
            int unit = (i >> unitShift) * ROWS + row;
            FloatVector unitScale = FloatVector.fromArray(FLOAT, scales, unit);
            FloatVector secondUnitScale = FloatVector.fromArray(FLOAT, scales, unit + HALF_ROWS);
            long p = factorsAt + (long) i * HALVES;
            int at = i * 2 * ROWS + row;
            float xScale = x.scales[2 * (block + i)];

            IntVector factors = (IntVector)
                    ShortVector.fromMemorySegment(HALF, w, p, LITTLE_ENDIAN).convertShape(S2I, INT, 0);
            IntVector words = ShortVector.fromArray(SHORT, dots, 2 * at).reinterpretAsInts();
            FloatVector dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .convert(I2F, 0);
            FloatVector scale =
                    ((FloatVector) factors.lanewise(LSHL, 24).lanewise(ASHR, 24).convert(I2F, 0)).mul(unitScale);
            first = dot.fma(scale.mul(xScale), first);
            words = ShortVector.fromArray(SHORT, dots, 2 * (at + ROWS)).reinterpretAsInts();
            dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .convert(I2F, 0);
            scale = ((FloatVector) factors.lanewise(ASHR, 8).convert(I2F, 0)).mul(unitScale);
            first = dot.fma(scale.mul(xScale), first);

            factors = (IntVector) ShortVector.fromMemorySegment(HALF, w, p + SECOND_HALVES, LITTLE_ENDIAN)
                    .convertShape(S2I, INT, 0);
            words = ShortVector.fromArray(SHORT, dots, 2 * (at + HALF_ROWS)).reinterpretAsInts();
            dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .convert(I2F, 0);
            scale = ((FloatVector) factors.lanewise(LSHL, 24).lanewise(ASHR, 24).convert(I2F, 0)).mul(secondUnitScale);
            second = dot.fma(scale.mul(xScale), second);
            words = ShortVector.fromArray(SHORT, dots, 2 * (at + ROWS + HALF_ROWS))
                    .reinterpretAsInts();
            dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .convert(I2F, 0);
            scale = ((FloatVector) factors.lanewise(ASHR, 8).convert(I2F, 0)).mul(secondUnitScale);
            second = dot.fma(scale.mul(xScale), second);
        }
        first.intoArray(sums, run.sumsAt + row);
        second.intoArray(sums, run.sumsAt + row + HALF_ROWS);
    }

    /** With offsets. */
    static void affine(SimdRun run) {
        for (int row = 0; row < HALF_ROWS; row += LANES) {
            affine(run, run.strip.weights(), run.strip.factorsAt(run.block) + 2 * row, row);
        }
    }

    private static void affine(SimdRun run, MemorySegment w, long factorsAt, int row) {
        float[] sums = run.sums;
        FloatVector first = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row);
        FloatVector second = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row + HALF_ROWS);
        TokenFactors x = run.factors;
        short[] dots = run.scratch.halfDots;
        float[] scales = run.scratch.unitScales;
        int unitShift = run.unitShift;
        int groups = run.groups();
        int group = run.firstGroup();
        for (int i = 0; i < groups; i++) {
            int unit = (i >> unitShift) * 2 * ROWS + row;
            long p = factorsAt + (long) i * HALVES;
            int at = i * ROWS + row;
            int centre = x.centres[group + i];
            float xScale = x.scales[group + i];
            float weight = x.weights[group + i];

            IntVector factors = (IntVector)
                    ShortVector.fromMemorySegment(HALF, w, p, LITTLE_ENDIAN).convertShape(S2I, INT, 0);
            IntVector words = ShortVector.fromArray(SHORT, dots, 2 * at).reinterpretAsInts();
            FloatVector dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .add(centre)
                    .convert(I2F, 0);
            FloatVector scale =
                    ((FloatVector) factors.and(0xff).convert(I2F, 0)).mul(FloatVector.fromArray(FLOAT, scales, unit));
            first = dot.fma(scale.mul(xScale), first);
            FloatVector offset = ((FloatVector) factors.lanewise(ASHR, 8).convert(I2F, 0))
                    .mul(FloatVector.fromArray(FLOAT, scales, unit + ROWS));
            first = offset.fma(FloatVector.broadcast(FLOAT, weight), first);

            factors = (IntVector) ShortVector.fromMemorySegment(HALF, w, p + SECOND_HALVES, LITTLE_ENDIAN)
                    .convertShape(S2I, INT, 0);
            words = ShortVector.fromArray(SHORT, dots, 2 * (at + HALF_ROWS)).reinterpretAsInts();
            dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .add(centre)
                    .convert(I2F, 0);
            scale = ((FloatVector) factors.and(0xff).convert(I2F, 0))
                    .mul(FloatVector.fromArray(FLOAT, scales, unit + HALF_ROWS));
            second = dot.fma(scale.mul(xScale), second);
            offset = ((FloatVector) factors.lanewise(ASHR, 8).convert(I2F, 0))
                    .mul(FloatVector.fromArray(FLOAT, scales, unit + ROWS + HALF_ROWS));
            second = offset.fma(FloatVector.broadcast(FLOAT, weight), second);
        }
        first.intoArray(sums, run.sumsAt + row);
        second.intoArray(sums, run.sumsAt + row + HALF_ROWS);
    }
}
