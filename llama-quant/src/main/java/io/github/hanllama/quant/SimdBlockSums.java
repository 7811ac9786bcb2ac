package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.HALVES;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.SimdRun.HALF_ROWS;
import static io.github.hanllama.quant.SimdRun.SECOND_HALVES;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Stages that multiply the integer products of one token with a strip by their scales, straight from memory, and add them up:
 * types with a scale for each block.
 *
 * <p>Two vectors of rows in one loop. Methods of ours are called at its beginning only, where C2 still inlines them, for the reasons that
 * {@link SimdRun.Stage} gives.
 */
final class SimdBlockSums {
    private SimdBlockSums() {}

    /** Sums of 16 bits. */
    static void symmetric(SimdRun run) {
        for (int row = 0; row < HALF_ROWS; row += LANES) {
            symmetric(run, run.strip.weights(), run.scalesAt() + 2 * row, row);
        }
    }

    private static void symmetric(SimdRun run, MemorySegment w, long scalesAt, int row) {
        float[] sums = run.sums;
        FloatVector first = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row);
        FloatVector second = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row + HALF_ROWS);
        TokenFactors x = run.factors;
        short[] dots = run.scratch.halfDots;
        int blocks = run.blocks;
        int block = run.block;
        for (int i = 0; i < blocks; i++) {
            long p = scalesAt + (long) i * HALVES;
            FloatVector scale = SimdHalfFloats.widenF16(w, p);
            FloatVector secondScale = SimdHalfFloats.widenF16(w, p + SECOND_HALVES);
            int at = i * ROWS + row;
            float xScale = x.scales[block + i];

            IntVector words = ShortVector.fromArray(SHORT, dots, 2 * at).reinterpretAsInts();
            FloatVector dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .convert(I2F, 0);
            first = dot.fma(scale.mul(xScale), first);

            words = ShortVector.fromArray(SHORT, dots, 2 * (at + HALF_ROWS)).reinterpretAsInts();
            dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .convert(I2F, 0);
            second = dot.fma(secondScale.mul(xScale), second);
        }
        first.intoArray(sums, run.sumsAt + row);
        second.intoArray(sums, run.sumsAt + row + HALF_ROWS);
    }

    /** The same with offsets; both are widened already, since four calls are more than C2 inlines. */
    static void affine(SimdRun run) {
        for (int row = 0; row < HALF_ROWS; row += LANES) {
            affine(run, row);
        }
    }

    private static void affine(SimdRun run, int row) {
        float[] sums = run.sums;
        FloatVector first = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row);
        FloatVector second = FloatVector.fromArray(FLOAT, sums, run.sumsAt + row + HALF_ROWS);
        TokenFactors x = run.factors;
        short[] dots = run.scratch.halfDots;
        float[] scales = run.scratch.unitScales;
        int blocks = run.blocks;
        int block = run.block;
        for (int i = 0; i < blocks; i++) {
            int at = i * ROWS + row;
            int unit = i * 2 * ROWS + row;
            int centre = x.centres[block + i];
            float xScale = x.scales[block + i];
            float weight = x.weights[block + i];

            IntVector words = ShortVector.fromArray(SHORT, dots, 2 * at).reinterpretAsInts();
            FloatVector dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .add(centre)
                    .convert(I2F, 0);
            first = dot.fma(FloatVector.fromArray(FLOAT, scales, unit).mul(xScale), first);
            first = FloatVector.fromArray(FLOAT, scales, unit + ROWS).fma(FloatVector.broadcast(FLOAT, weight), first);

            words = ShortVector.fromArray(SHORT, dots, 2 * (at + HALF_ROWS)).reinterpretAsInts();
            dot = (FloatVector) words.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(words.lanewise(ASHR, 16))
                    .add(centre)
                    .convert(I2F, 0);
            second = dot.fma(
                    FloatVector.fromArray(FLOAT, scales, unit + HALF_ROWS).mul(xScale), second);
            second = FloatVector.fromArray(FLOAT, scales, unit + ROWS + HALF_ROWS)
                    .fma(FloatVector.broadcast(FLOAT, weight), second);
        }
        first.intoArray(sums, run.sumsAt + row);
        second.intoArray(sums, run.sumsAt + row + HALF_ROWS);
    }
}
