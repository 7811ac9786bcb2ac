package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockKernel.PAIR;
import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.VECTOR;
import static io.github.hanllama.quant.LevelBits.APART;
import static io.github.hanllama.quant.PackedMatrix.STRIP;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Stages that turn the levels of one block into f32 weights, 32 columns of a panel, which stands in for the sums. */
final class SimdPanel {
    private static final int HALF_STEPS = LevelBits.STEPS / 2;

    private SimdPanel() {}

    /** Of one block, while the scales are those of its whole unit. */
    static void symmetric(SimdRun run) {
        for (int half = 0; half < 2; half++) {
            int group = group(run, half);
            for (int row = 0; row < ROWS; row += LANES) {
                FloatVector scale = FloatVector.fromArray(FLOAT, run.scales, group * PAIR + row);
                symmetric(run.levels, half, row, scale, run.sums, run.sumsAt + row);
            }
        }
    }

    static void affine(SimdRun run) {
        for (int half = 0; half < 2; half++) {
            int group = group(run, half);
            for (int row = 0; row < ROWS; row += LANES) {
                FloatVector scale = FloatVector.fromArray(FLOAT, run.scales, group * PAIR + row);
                FloatVector offset = FloatVector.fromArray(FLOAT, run.offsets, group * PAIR + row);
                affine(run.levels, half, row, scale, offset, run.sums, run.sumsAt + row);
            }
        }
    }

    /** The group of half a block, in its unit. */
    private static int group(SimdRun run, int half) {
        int column = run.block * BLOCK % run.layout().unit() + half * BLOCK / 2;
        return column / run.layout().group();
    }

    private static void symmetric(short[] levels, int half, int row, FloatVector scale, float[] panel, int at) {
        for (int step = half * HALF_STEPS; step < (half + 1) * HALF_STEPS; step++) {
            IntVector pair = pair(levels, step * 2 * PAIR + 2 * row);
            int to = at + LevelBits.column(step) * STRIP;
            lower(pair).mul(scale).intoArray(panel, to);
            upper(pair).mul(scale).intoArray(panel, to + APART * STRIP);
        }
    }

    private static void affine(
            short[] levels, int half, int row, FloatVector scale, FloatVector offset, float[] panel, int at) {
        for (int step = half * HALF_STEPS; step < (half + 1) * HALF_STEPS; step++) {
            IntVector pair = pair(levels, step * 2 * PAIR + 2 * row);
            int to = at + LevelBits.column(step) * STRIP;
            lower(pair).mul(scale).add(offset).intoArray(panel, to);
            upper(pair).mul(scale).add(offset).intoArray(panel, to + APART * STRIP);
        }
    }

    /** Levels of eight bits, straight from memory. */
    static void bytes(SimdRun run) {
        BlockStrip strip = run.strip;
        for (int row = 0; row < ROWS; row += LANES) {
            FloatVector scale = SimdHalfFloats.widenF16(strip.weights(), strip.scalesAt(run.block) + 2 * row);
            bytes(strip.weights(), strip.levelsAt(run.block) + 4 * row, scale, run.sums, run.sumsAt + row);
        }
    }

    private static void bytes(MemorySegment w, long at, FloatVector scale, float[] panel, int to) {
        for (int i = 0; i < BLOCK / 4; i++) {
            IntVector words = IntVector.fromMemorySegment(INT, w, at + i * VECTOR, ByteOrder.LITTLE_ENDIAN);
            for (int j = 0; j < 4; j++) {
                level(words, j).mul(scale).intoArray(panel, to + (4 * i + j) * STRIP);
            }
        }
    }

    /** One of the four bytes of each word. */
    static FloatVector level(IntVector words, int index) {
        return floats(words.lanewise(VectorOperators.LSHL, 24 - 8 * index).lanewise(VectorOperators.ASHR, 24));
    }

    private static IntVector pair(short[] levels, int at) {
        return ShortVector.fromArray(SHORT, levels, at).reinterpretAsInts();
    }

    private static FloatVector lower(IntVector pair) {
        return floats(pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
    }

    private static FloatVector upper(IntVector pair) {
        return floats(pair.lanewise(VectorOperators.ASHR, 16));
    }

    private static FloatVector floats(IntVector ints) {
        return (FloatVector) ints.convert(VectorOperators.I2F, 0);
    }
}
