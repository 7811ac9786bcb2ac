package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.HALVES;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** Widens the scales and offsets of a strip to f32, group by group. */
final class SimdScales {
    private SimdScales() {}

    /** Those of a run that begins with a unit or lies within one. */
    static void read(SimdRun run) {
        BlockLayout layout = run.layout();
        if (!layout.grouped()) {
            blocks(run);
            return;
        }
        int unitBlocks = layout.unitBlocks();
        for (int i = 0; i < run.blocks; i += unitBlocks) {
            int blocks = Math.min(unitBlocks, run.blocks - i);
            unit(run.strip, run.block + i, blocks, run.scratch, i * run.groupsOfBlock * ROWS + run.scaleRow());
        }
    }

    /** Those of the one block of a run, which is any. */
    static void block(SimdRun run) {
        if (run.layout().grouped()) {
            unit(run.strip, run.block, 1, run.scratch, run.scaleRow());
        } else {
            blocks(run);
        }
    }

    /** Those of a block of a unit, without a run. */
    static void block(BlockStrip strip, int block, SimdScratch scratch) {
        unit(strip, block, 1, scratch, 0);
    }

    private static void unit(BlockStrip strip, int block, int blocks, SimdScratch scratch, int to) {
        MemorySegment w = strip.weights();
        BlockLayout layout = strip.layout();
        long scalesAt = strip.scalesAt(block / layout.unitBlocks());
        long factorsAt = strip.factorsAt(block);
        int step = layout.blockBytes();
        float[] scales = scratch.scales;
        for (int row = 0; row < ROWS; row += LANES) {
            long scaleAt = scalesAt + 2 * row;
            long at = factorsAt + 2 * row;
            if (layout.factorsOfFourBits()) {
                ofFourBits(w, scaleAt, at, step, blocks, scales, scratch.offsets, to + row);
            } else if (layout.offsets()) {
                affine(w, scaleAt, at, step, blocks, scales, scratch.offsets, to + row);
            } else {
                symmetric(w, scaleAt, at, step, blocks, scales, to + row);
            }
        }
    }

    /** A block is two groups. */
    private static void symmetric(
            MemorySegment w, long scaleAt, long at, int step, int blocks, float[] scales, int to) {
        FloatVector scale = SimdHalfFloats.widenF16(w, scaleAt);
        for (int i = 0; i < blocks; i++) {
            IntVector factors = SimdHalfFloats.ints(w, at + (long) i * step);
            int group = to + 2 * i * ROWS;
            ((FloatVector) factors.lanewise(LSHL, 24).lanewise(ASHR, 24).convert(I2F, 0))
                    .mul(scale)
                    .intoArray(scales, group);
            ((FloatVector) factors.lanewise(ASHR, 8).convert(I2F, 0)).mul(scale).intoArray(scales, group + ROWS);
        }
    }

    /** A block is a group. */
    private static void affine(
            MemorySegment w, long scaleAt, long at, int step, int blocks, float[] scales, float[] offsets, int to) {
        FloatVector scale = SimdHalfFloats.widenF16(w, scaleAt);
        FloatVector offset = SimdHalfFloats.widenF16(w, scaleAt + HALVES);
        for (int i = 0; i < blocks; i++) {
            IntVector factors = SimdHalfFloats.ints(w, at + (long) i * step);
            int group = to + i * ROWS;
            ((FloatVector) factors.and(0xff).convert(I2F, 0)).mul(scale).intoArray(scales, group);
            ((FloatVector) factors.lanewise(ASHR, 8).convert(I2F, 0))
                    .mul(offset)
                    .intoArray(offsets, group);
        }
    }

    /** A block is two groups, with a byte each. */
    private static void ofFourBits(
            MemorySegment w, long scaleAt, long at, int step, int blocks, float[] scales, float[] offsets, int to) {
        FloatVector scale = SimdHalfFloats.widenF16(w, scaleAt);
        FloatVector offset = SimdHalfFloats.widenF16(w, scaleAt + HALVES);
        for (int i = 0; i < blocks; i++) {
            IntVector factors = SimdHalfFloats.ints(w, at + (long) i * step);
            for (int j = 0; j < 2; j++) {
                int group = to + (2 * i + j) * ROWS;
                ((FloatVector) factors.and(15).convert(I2F, 0)).mul(scale).intoArray(scales, group);
                ((FloatVector) factors.lanewise(LSHR, 4).and(15).convert(I2F, 0))
                        .mul(offset)
                        .intoArray(offsets, group);
                factors = factors.lanewise(LSHR, 8);
            }
        }
    }

    /**
     * The f16 ones of all units of a run, as they lie: one token multiplies them by the factors of their groups itself. Those of
     * neighbouring strips follow each other without a gap.
     */
    static void stream(SimdRun run) {
        int units = run.strips * run.units();
        stream(run.strip.weights(), run.scalesAt(), units * run.layout().scaleBytes() / 2, run.scratch.unitScales);
    }

    private static void stream(MemorySegment w, long at, int length, float[] scales) {
        for (int i = 0; i < length; i += LANES) {
            SimdHalfFloats.widenF16(w, at + 2L * i).intoArray(scales, i);
        }
    }

    /** Those of a run's blocks, which are units. */
    private static void blocks(SimdRun run) {
        BlockLayout layout = run.layout();
        MemorySegment w = run.strip.weights();
        int step = layout.scalesStep();
        for (int row = 0; row < ROWS; row += LANES) {
            long at = run.scalesAt() + 2 * row;
            plain(w, at, run.blocks, step, run.scratch.scales, run.scaleRow() + row);
            if (layout.offsets()) {
                plain(w, at + HALVES, run.blocks, step, run.scratch.offsets, run.scaleRow() + row);
            }
        }
    }

    private static void plain(MemorySegment w, long at, int blocks, int step, float[] values, int to) {
        for (int block = 0; block < blocks; block++) {
            SimdHalfFloats.widenF16(w, at + (long) block * step).intoArray(values, to + block * ROWS);
        }
    }
}
