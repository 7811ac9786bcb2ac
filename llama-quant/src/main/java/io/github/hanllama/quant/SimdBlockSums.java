package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockKernel.PAIR;
import static io.github.hanllama.quant.BlockLayout.ROWS;
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
 * Stages that multiply the integer products of one token with two strips by their scales, straight from memory, and add them up:
 * types with a scale for each block.
 *
 * <p>Both strips in one loop, without a method of ours, for the reasons that {@link SimdRun.Stage} gives: one after the other,
 * with {@link SimdHalfFloats#widenF16} called, all of a product took a quarter longer.
 */
final class SimdBlockSums {
    /** Bytes of 16 scales in f16. */
    private static final int HALVES = ROWS * Short.BYTES;

    private SimdBlockSums() {}

    /** Sums of 16 bits. */
    static void symmetric(SimdRun run) {
        for (int row = 0; row < ROWS; row += LANES) {
            symmetric(run, run.strip.weights(), run.scalesAt() + 2 * row, row);
        }
    }

    private static void symmetric(SimdRun run, MemorySegment w, long scalesAt, int row) {
        long apart = run.apart;
        float[] sums = run.sums;
        FloatVector first = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row);
        FloatVector second = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row + ROWS);
        TokenFactors x = run.factors;
        short[] dots = run.halfDots;
        int blocks = run.blocks;
        int block = run.block;
        for (int i = 0; i < blocks; i++) {
            long p = scalesAt + (long) i * HALVES;
            int at = i * PAIR + row;
            float xScale = x.scales[block + i];

            IntVector words = ShortVector.fromArray(SHORT, dots, 2 * at).reinterpretAsInts();
            FloatVector dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .convert(I2F, 0);
            IntVector bits = ((IntVector) ShortVector.fromMemorySegment(HALF, w, p, LITTLE_ENDIAN)
                            .convertShape(S2I, INT, 0))
                    .lanewise(LSHL, 13);
            IntVector magnitude = bits.and(SimdHalfFloats.MAGNITUDE).add(SimdHalfFloats.TOO_HIGH);
            IntVector subnormal = magnitude
                    .reinterpretAsFloats()
                    .fma(2f, SimdHalfFloats.SUBNORMAL)
                    .reinterpretAsInts();
            magnitude = magnitude
                    .min(subnormal)
                    .reinterpretAsFloats()
                    .mul(SimdHalfFloats.BACK)
                    .reinterpretAsInts();
            FloatVector scale = magnitude.or(bits.and(SimdHalfFloats.SIGN)).reinterpretAsFloats();
            first = dot.fma(scale.mul(xScale), first);

            words = ShortVector.fromArray(SHORT, dots, 2 * (at + ROWS)).reinterpretAsInts();
            dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .convert(I2F, 0);
            bits = ((IntVector) ShortVector.fromMemorySegment(HALF, w, p + apart, LITTLE_ENDIAN)
                            .convertShape(S2I, INT, 0))
                    .lanewise(LSHL, 13);
            magnitude = bits.and(SimdHalfFloats.MAGNITUDE).add(SimdHalfFloats.TOO_HIGH);
            subnormal = magnitude
                    .reinterpretAsFloats()
                    .fma(2f, SimdHalfFloats.SUBNORMAL)
                    .reinterpretAsInts();
            magnitude = magnitude
                    .min(subnormal)
                    .reinterpretAsFloats()
                    .mul(SimdHalfFloats.BACK)
                    .reinterpretAsInts();
            scale = magnitude.or(bits.and(SimdHalfFloats.SIGN)).reinterpretAsFloats();
            second = dot.fma(scale.mul(xScale), second);
        }
        first.intoArray(sums, run.sumsAt + row);
        second.intoArray(sums, run.sumsAt + row + ROWS);
    }

    /** The same with offsets. */
    static void affine(SimdRun run) {
        for (int row = 0; row < ROWS; row += LANES) {
            affine(run, run.strip.weights(), run.scalesAt() + 2 * row, row);
        }
    }

    private static void affine(SimdRun run, MemorySegment w, long scalesAt, int row) {
        long apart = run.apart;
        float[] sums = run.sums;
        FloatVector first = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row);
        FloatVector second = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row + ROWS);
        TokenFactors x = run.factors;
        short[] dots = run.halfDots;
        int blocks = run.blocks;
        int block = run.block;
        for (int i = 0; i < blocks; i++) {
            long p = scalesAt + (long) i * (2 * HALVES);
            int at = i * PAIR + row;
            int centre = x.centres[block + i];
            float xScale = x.scales[block + i];
            float weight = x.weights[block + i];

            IntVector words = ShortVector.fromArray(SHORT, dots, 2 * at).reinterpretAsInts();
            FloatVector dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .add(centre)
                    .convert(I2F, 0);
            IntVector bits = ((IntVector) ShortVector.fromMemorySegment(HALF, w, p, LITTLE_ENDIAN)
                            .convertShape(S2I, INT, 0))
                    .lanewise(LSHL, 13);
            IntVector magnitude = bits.and(SimdHalfFloats.MAGNITUDE).add(SimdHalfFloats.TOO_HIGH);
            IntVector subnormal = magnitude
                    .reinterpretAsFloats()
                    .fma(2f, SimdHalfFloats.SUBNORMAL)
                    .reinterpretAsInts();
            magnitude = magnitude
                    .min(subnormal)
                    .reinterpretAsFloats()
                    .mul(SimdHalfFloats.BACK)
                    .reinterpretAsInts();
            FloatVector scale = magnitude.or(bits.and(SimdHalfFloats.SIGN)).reinterpretAsFloats();
            first = dot.fma(scale.mul(xScale), first);
            bits = ((IntVector) ShortVector.fromMemorySegment(HALF, w, p + HALVES, LITTLE_ENDIAN)
                            .convertShape(S2I, INT, 0))
                    .lanewise(LSHL, 13);
            magnitude = bits.and(SimdHalfFloats.MAGNITUDE).add(SimdHalfFloats.TOO_HIGH);
            subnormal = magnitude
                    .reinterpretAsFloats()
                    .fma(2f, SimdHalfFloats.SUBNORMAL)
                    .reinterpretAsInts();
            magnitude = magnitude
                    .min(subnormal)
                    .reinterpretAsFloats()
                    .mul(SimdHalfFloats.BACK)
                    .reinterpretAsInts();
            FloatVector offset = magnitude.or(bits.and(SimdHalfFloats.SIGN)).reinterpretAsFloats();
            first = offset.fma(FloatVector.broadcast(FLOAT, weight), first);

            words = ShortVector.fromArray(SHORT, dots, 2 * (at + ROWS)).reinterpretAsInts();
            dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .add(centre)
                    .convert(I2F, 0);
            bits = ((IntVector) ShortVector.fromMemorySegment(HALF, w, p + apart, LITTLE_ENDIAN)
                            .convertShape(S2I, INT, 0))
                    .lanewise(LSHL, 13);
            magnitude = bits.and(SimdHalfFloats.MAGNITUDE).add(SimdHalfFloats.TOO_HIGH);
            subnormal = magnitude
                    .reinterpretAsFloats()
                    .fma(2f, SimdHalfFloats.SUBNORMAL)
                    .reinterpretAsInts();
            magnitude = magnitude
                    .min(subnormal)
                    .reinterpretAsFloats()
                    .mul(SimdHalfFloats.BACK)
                    .reinterpretAsInts();
            scale = magnitude.or(bits.and(SimdHalfFloats.SIGN)).reinterpretAsFloats();
            second = dot.fma(scale.mul(xScale), second);
            bits = ((IntVector) ShortVector.fromMemorySegment(HALF, w, p + apart + HALVES, LITTLE_ENDIAN)
                            .convertShape(S2I, INT, 0))
                    .lanewise(LSHL, 13);
            magnitude = bits.and(SimdHalfFloats.MAGNITUDE).add(SimdHalfFloats.TOO_HIGH);
            subnormal = magnitude
                    .reinterpretAsFloats()
                    .fma(2f, SimdHalfFloats.SUBNORMAL)
                    .reinterpretAsInts();
            magnitude = magnitude
                    .min(subnormal)
                    .reinterpretAsFloats()
                    .mul(SimdHalfFloats.BACK)
                    .reinterpretAsInts();
            offset = magnitude.or(bits.and(SimdHalfFloats.SIGN)).reinterpretAsFloats();
            second = offset.fma(FloatVector.broadcast(FLOAT, weight), second);
        }
        first.intoArray(sums, run.sumsAt + row);
        second.intoArray(sums, run.sumsAt + row + ROWS);
    }

    /** Sums of 32 bits, two for each block. */
    static void bytes(SimdRun run) {
        for (int row = 0; row < ROWS; row += LANES) {
            bytes(run, run.strip.weights(), run.scalesAt() + 2 * row, row);
        }
    }

    private static void bytes(SimdRun run, MemorySegment w, long scalesAt, int row) {
        long apart = run.apart;
        float[] sums = run.sums;
        FloatVector first = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row);
        FloatVector second = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row + ROWS);
        TokenFactors x = run.factors;
        int[] dots = run.dots;
        int blocks = run.blocks;
        int block = run.block;
        for (int i = 0; i < blocks; i++) {
            long p = scalesAt + (long) i * HALVES;
            int at = i * SimdBytes.PARTS * PAIR + row;
            float xScale = x.scales[block + i];

            FloatVector dot = (FloatVector) IntVector.fromArray(INT, dots, at)
                    .add(IntVector.fromArray(INT, dots, at + PAIR))
                    .convert(I2F, 0);
            IntVector bits = ((IntVector) ShortVector.fromMemorySegment(HALF, w, p, LITTLE_ENDIAN)
                            .convertShape(S2I, INT, 0))
                    .lanewise(LSHL, 13);
            IntVector magnitude = bits.and(SimdHalfFloats.MAGNITUDE).add(SimdHalfFloats.TOO_HIGH);
            IntVector subnormal = magnitude
                    .reinterpretAsFloats()
                    .fma(2f, SimdHalfFloats.SUBNORMAL)
                    .reinterpretAsInts();
            magnitude = magnitude
                    .min(subnormal)
                    .reinterpretAsFloats()
                    .mul(SimdHalfFloats.BACK)
                    .reinterpretAsInts();
            FloatVector scale = magnitude.or(bits.and(SimdHalfFloats.SIGN)).reinterpretAsFloats();
            first = dot.fma(scale.mul(xScale), first);

            dot = (FloatVector) IntVector.fromArray(INT, dots, at + ROWS)
                    .add(IntVector.fromArray(INT, dots, at + ROWS + PAIR))
                    .convert(I2F, 0);
            bits = ((IntVector) ShortVector.fromMemorySegment(HALF, w, p + apart, LITTLE_ENDIAN)
                            .convertShape(S2I, INT, 0))
                    .lanewise(LSHL, 13);
            magnitude = bits.and(SimdHalfFloats.MAGNITUDE).add(SimdHalfFloats.TOO_HIGH);
            subnormal = magnitude
                    .reinterpretAsFloats()
                    .fma(2f, SimdHalfFloats.SUBNORMAL)
                    .reinterpretAsInts();
            magnitude = magnitude
                    .min(subnormal)
                    .reinterpretAsFloats()
                    .mul(SimdHalfFloats.BACK)
                    .reinterpretAsInts();
            scale = magnitude.or(bits.and(SimdHalfFloats.SIGN)).reinterpretAsFloats();
            second = dot.fma(scale.mul(xScale), second);
        }
        first.intoArray(sums, run.sumsAt + row);
        second.intoArray(sums, run.sumsAt + row + ROWS);
    }
}
