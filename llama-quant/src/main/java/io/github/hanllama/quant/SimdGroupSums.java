package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockKernel.PAIR;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * The same as {@link SimdBlockSums} for types whose groups have integers that the scale of their unit, widened already, is
 * multiplied by.
 */
final class SimdGroupSums {
    private SimdGroupSums() {}

    /** Without offsets. */
    static void symmetric(SimdRun run) {
        for (int row = 0; row < ROWS; row += LANES) {
            symmetric(run, run.strip.weights(), run.scalesAt() + 4 * row, row);
        }
    }

    private static void symmetric(SimdRun run, MemorySegment w, long scalesAt, int row) {
        long apart = run.apart;
        float[] sums = run.sums;
        FloatVector first = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row);
        FloatVector second = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row + ROWS);
        TokenFactors x = run.factors;
        short[] dots = run.halfDots;
        float[] scales = run.scales;
        int inUnit = run.layout().groups() - 1;
        int shift = Integer.bitCount(inUnit);
        int step = run.layout().scaleBytes();
        int groups = run.groups();
        int group = run.block * run.groupsOfBlock();
        for (int i = 0; i < groups; i++) {
            long p = scalesAt + (long) (i >> shift) * step + BlockLayout.wordOf(i & inUnit);
            int left = 24 - BlockLayout.shiftOf(i);
            int unit = (i >> shift) * PAIR + row;
            int at = i * PAIR + row;
            float xScale = x.scales[group + i];

            IntVector words = ShortVector.fromArray(SHORT, dots, 2 * at).reinterpretAsInts();
            FloatVector dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .convert(I2F, 0);
            words = IntVector.fromMemorySegment(INT, w, p, LITTLE_ENDIAN);
            FloatVector scale = ((FloatVector)
                            words.lanewise(LSHL, left).lanewise(ASHR, 24).convert(I2F, 0))
                    .mul(FloatVector.fromArray(FLOAT, scales, unit));
            first = dot.fma(scale.mul(xScale), first);

            words = ShortVector.fromArray(SHORT, dots, 2 * (at + ROWS)).reinterpretAsInts();
            dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .convert(I2F, 0);
            words = IntVector.fromMemorySegment(INT, w, p + apart, LITTLE_ENDIAN);
            scale = ((FloatVector) words.lanewise(LSHL, left).lanewise(ASHR, 24).convert(I2F, 0))
                    .mul(FloatVector.fromArray(FLOAT, scales, unit + ROWS));
            second = dot.fma(scale.mul(xScale), second);
        }
        first.intoArray(sums, run.sumsAt + row);
        second.intoArray(sums, run.sumsAt + row + ROWS);
    }

    /** With offsets. */
    static void affine(SimdRun run) {
        for (int row = 0; row < ROWS; row += LANES) {
            affine(run, run.strip.weights(), run.scalesAt() + 4 * row, row);
        }
    }

    private static void affine(SimdRun run, MemorySegment w, long scalesAt, int row) {
        long apart = run.apart;
        float[] sums = run.sums;
        FloatVector first = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row);
        FloatVector second = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row + ROWS);
        TokenFactors x = run.factors;
        short[] dots = run.halfDots;
        float[] scales = run.scales;
        float[] offsets = run.offsets;
        int part = run.layout().partBytes();
        int inUnit = run.layout().groups() - 1;
        int shift = Integer.bitCount(inUnit);
        int step = run.layout().scaleBytes();
        int groups = run.groups();
        int group = run.block * run.groupsOfBlock();
        for (int i = 0; i < groups; i++) {
            long p = scalesAt + (long) (i >> shift) * step + BlockLayout.wordOf(i & inUnit);
            int left = 24 - BlockLayout.shiftOf(i);
            int unit = (i >> shift) * PAIR + row;
            int at = i * PAIR + row;
            int centre = x.centres[group + i];
            float xScale = x.scales[group + i];
            float weight = x.weights[group + i];

            IntVector words = ShortVector.fromArray(SHORT, dots, 2 * at).reinterpretAsInts();
            FloatVector dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .add(centre)
                    .convert(I2F, 0);
            words = IntVector.fromMemorySegment(INT, w, p, LITTLE_ENDIAN);
            FloatVector scale = ((FloatVector)
                            words.lanewise(LSHL, left).lanewise(ASHR, 24).convert(I2F, 0))
                    .mul(FloatVector.fromArray(FLOAT, scales, unit));
            first = dot.fma(scale.mul(xScale), first);
            words = IntVector.fromMemorySegment(INT, w, p + part, LITTLE_ENDIAN);
            FloatVector offset = ((FloatVector)
                            words.lanewise(LSHL, left).lanewise(ASHR, 24).convert(I2F, 0))
                    .mul(FloatVector.fromArray(FLOAT, offsets, unit));
            first = offset.fma(FloatVector.broadcast(FLOAT, weight), first);

            words = ShortVector.fromArray(SHORT, dots, 2 * (at + ROWS)).reinterpretAsInts();
            dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .add(centre)
                    .convert(I2F, 0);
            words = IntVector.fromMemorySegment(INT, w, p + apart, LITTLE_ENDIAN);
            scale = ((FloatVector) words.lanewise(LSHL, left).lanewise(ASHR, 24).convert(I2F, 0))
                    .mul(FloatVector.fromArray(FLOAT, scales, unit + ROWS));
            second = dot.fma(scale.mul(xScale), second);
            words = IntVector.fromMemorySegment(INT, w, p + apart + part, LITTLE_ENDIAN);
            offset = ((FloatVector)
                            words.lanewise(LSHL, left).lanewise(ASHR, 24).convert(I2F, 0))
                    .mul(FloatVector.fromArray(FLOAT, offsets, unit + ROWS));
            second = offset.fma(FloatVector.broadcast(FLOAT, weight), second);
        }
        first.intoArray(sums, run.sumsAt + row);
        second.intoArray(sums, run.sumsAt + row + ROWS);
    }
}
