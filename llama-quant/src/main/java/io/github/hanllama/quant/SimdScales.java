package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockKernel.PAIR;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Widens the scales and offsets of a strip to f32, group by group. */
final class SimdScales {
    private static final int GROUPS_PER_WORD = Integer.SIZE / Byte.SIZE;

    private SimdScales() {}

    /** Those of a run that begins with a unit; of all of a unit if any. */
    static void read(SimdRun run) {
        BlockStrip strip = run.strip;
        BlockLayout layout = strip.layout();
        int unitBlocks = layout.unit() / BlockLayout.BLOCK;
        int units = Math.ceilDiv(run.blocks, unitBlocks);
        long at = run.scalesAt();
        part(layout, strip.weights(), at, units, run.scales, run.row);
        if (layout.offsets()) {
            part(layout, strip.weights(), at + layout.partBytes(), units, run.offsets, run.row);
        }
    }

    /** Only the f16 ones of a run's units; integers of their groups stay where they are. */
    static void units(SimdRun run) {
        BlockStrip strip = run.strip;
        BlockLayout layout = strip.layout();
        int units = Math.ceilDiv(run.blocks * BlockLayout.BLOCK, layout.unit());
        for (int row = 0; row < ROWS; row += LANES) {
            long at = run.scalesAt() + 2 * row;
            plain(strip.weights(), at, units, layout.scaleBytes(), run.scales, run.row + row);
            if (layout.offsets()) {
                at += layout.partBytes();
                plain(strip.weights(), at, units, layout.scaleBytes(), run.offsets, run.row + row);
            }
        }
    }

    private static void part(BlockLayout layout, MemorySegment w, long at, int units, float[] values, int to) {
        int groups = layout.groups();
        int step = layout.scaleBytes();
        boolean grouped = layout.grouped();
        for (int row = 0; row < ROWS; row += LANES) {
            if (grouped) {
                for (int unit = 0; unit < units; unit++) {
                    grouped(w, at + (long) unit * step, row, groups, values, to + unit * groups * PAIR + row);
                }
            } else {
                plain(w, at + 2 * row, units, step, values, to + row);
            }
        }
    }

    private static void plain(MemorySegment w, long at, int units, int step, float[] values, int to) {
        for (int unit = 0; unit < units; unit++) {
            SimdHalfFloats.widenF16(w, at + (long) unit * step).intoArray(values, to + unit * PAIR);
        }
    }

    private static void grouped(MemorySegment w, long at, int row, int groups, float[] values, int to) {
        FloatVector scale = SimdHalfFloats.widenF16(w, at + 2 * row);
        for (int group = 0; group < groups; group += GROUPS_PER_WORD) {
            long from = at + BlockLayout.wordOf(group) + 4 * row;
            IntVector words = IntVector.fromMemorySegment(INT, w, from, ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < GROUPS_PER_WORD; i++) {
                FloatVector factor = (FloatVector) words.lanewise(VectorOperators.LSHL, 24 - 8 * i)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convert(VectorOperators.I2F, 0);
                factor.mul(scale).intoArray(values, to + (group + i) * PAIR);
            }
        }
    }
}
