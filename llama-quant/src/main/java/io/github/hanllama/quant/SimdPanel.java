package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.WORD;
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

    /** The scale of half a block. */
    private static FloatVector scale(SimdRun run, int half, int row) {
        return FloatVector.fromArray(FLOAT, run.scratch.scales, group(run, half) * ROWS + row);
    }

    private static FloatVector offset(SimdRun run, int half, int row) {
        return FloatVector.fromArray(FLOAT, run.scratch.offsets, group(run, half) * ROWS + row);
    }

    private static int group(SimdRun run, int half) {
        return half * run.groupsOfBlock / 2;
    }

    static void symmetric(SimdRun run) {
        for (int half = 0; half < 2; half++) {
            for (int row = 0; row < ROWS; row += LANES) {
                symmetric(run.scratch.levels, half, row, scale(run, half, row), run.sums, run.sumsAt + row);
            }
        }
    }

    static void affine(SimdRun run) {
        for (int half = 0; half < 2; half++) {
            for (int row = 0; row < ROWS; row += LANES) {
                FloatVector scale = scale(run, half, row);
                affine(run.scratch.levels, half, row, scale, offset(run, half, row), run.sums, run.sumsAt + row);
            }
        }
    }

    private static void symmetric(short[] levels, int half, int row, FloatVector scale, float[] panel, int at) {
        for (int step = half * HALF_STEPS; step < (half + 1) * HALF_STEPS; step++) {
            IntVector pair = pair(levels, step * 2 * ROWS + 2 * row);
            int to = at + LevelBits.column(step) * STRIP;
            lower(pair).mul(scale).intoArray(panel, to);
            upper(pair).mul(scale).intoArray(panel, to + APART * STRIP);
        }
    }

    private static void affine(
            short[] levels, int half, int row, FloatVector scale, FloatVector offset, float[] panel, int at) {
        for (int step = half * HALF_STEPS; step < (half + 1) * HALF_STEPS; step++) {
            IntVector pair = pair(levels, step * 2 * ROWS + 2 * row);
            int to = at + LevelBits.column(step) * STRIP;
            lower(pair).mul(scale).add(offset).intoArray(panel, to);
            upper(pair).mul(scale).add(offset).intoArray(panel, to + APART * STRIP);
        }
    }

    /** Levels of four bits, straight from memory. */
    static void four(SimdRun run) {
        long at = run.strip.levelsAt(run.block);
        int middle = run.layout().middle();
        for (int row = 0; row < ROWS; row += LANES) {
            four(run.strip.weights(), at + 4 * row, middle, scale(run, 0, row), run.sums, run.sumsAt + row);
        }
    }

    private static void four(MemorySegment w, long at, int middle, FloatVector scale, float[] panel, int to) {
        for (int i = 0; i < 4; i++) {
            IntVector words = words(w, at + i * WORD);
            for (int j = 0; j < 4; j++) {
                int column = to + (4 * i + j) * STRIP;
                floats(bits(words, 8 * j, 15).sub(middle)).mul(scale).intoArray(panel, column);
                floats(bits(words, 8 * j + 4, 15).sub(middle)).mul(scale).intoArray(panel, column + BLOCK / 2 * STRIP);
            }
        }
    }

    static void fourAffine(SimdRun run) {
        long at = run.strip.levelsAt(run.block);
        for (int row = 0; row < ROWS; row += LANES) {
            FloatVector scale = scale(run, 0, row);
            four(run.strip.weights(), at + 4 * row, scale, offset(run, 0, row), run.sums, run.sumsAt + row);
        }
    }

    private static void four(MemorySegment w, long at, FloatVector scale, FloatVector offset, float[] panel, int to) {
        for (int i = 0; i < 4; i++) {
            IntVector words = words(w, at + i * WORD);
            for (int j = 0; j < 4; j++) {
                int column = to + (4 * i + j) * STRIP;
                FloatVector low = floats(bits(words, 8 * j, 15)).mul(scale);
                FloatVector high = floats(bits(words, 8 * j + 4, 15)).mul(scale);
                low.add(offset).intoArray(panel, column);
                high.add(offset).intoArray(panel, column + BLOCK / 2 * STRIP);
            }
        }
    }

    private static IntVector words(MemorySegment w, long at) {
        return IntVector.fromMemorySegment(INT, w, at, ByteOrder.LITTLE_ENDIAN);
    }

    private static IntVector bits(IntVector words, int shift, int mask) {
        return words.lanewise(VectorOperators.LSHR, shift).and(mask);
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
