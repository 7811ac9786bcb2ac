package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.WORD;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Takes the levels of a block out of their words, to 16 steps of two shorts for each row.
 *
 * <p>Methods unpack one vector of rows each: short enough for C2, which unrolls the loops.
 */
final class SimdLevels {
    /** From step to step: two shorts for each row. */
    private static final int STEP = 2 * ROWS;

    private SimdLevels() {}

    /** Unpacks all blocks of a run, each level less the layout's middle. */
    static void centred(SimdRun run) {
        unpack(run, run.layout().middle());
    }

    /** Unpacks them as far as weights are levels less something: where these have offsets, nothing is taken off. */
    static void signed(SimdRun run) {
        unpack(run, run.layout().offsets() ? 0 : run.layout().middle());
    }

    private static void unpack(SimdRun run, int minus) {
        int bits = run.layout().bits();
        MemorySegment w = run.strip.weights();
        for (int row = 0; row < ROWS; row += LANES) {
            for (int i = 0; i < run.blocks; i++) {
                long at = run.strip.levelsAt(run.block + i) + 4 * row;
                unpack(bits, minus, w, at, run.scratch.levels, i * LevelBits.STEPS * STEP + 2 * row);
            }
        }
    }

    private static void unpack(int bits, int minus, MemorySegment w, long at, short[] steps, int to) {
        switch (bits) {
            case 2 -> two(minus, w, at, steps, to);
            case 3 -> {
                three(minus, load(w, at), load(w, at + WORD), steps, to);
                three(minus, load(w, at + 2 * WORD), shift(load(w, at + WORD), 8), steps, to + 8 * STEP);
            }
            case 4 -> four(minus, w, at, steps, to);
            case 6 -> {
                six(minus, w, at, steps, to);
                six(minus, w, at + 3 * WORD, steps, to + 8 * STEP);
            }
            default -> five(minus, w, at, steps, to);
        }
    }

    private static void two(int minus, MemorySegment w, long at, short[] steps, int to) {
        for (int i = 0; i < 2; i++) {
            ShortVector words = load(w, at + i * WORD);
            for (int j = 0; j < 8; j++) {
                store(shift(words, 2 * j).and((short) 3), minus, steps, to + (8 * i + j) * STEP);
            }
        }
    }

    private static void four(int minus, MemorySegment w, long at, short[] steps, int to) {
        for (int i = 0; i < 4; i++) {
            ShortVector words = load(w, at + i * WORD);
            for (int j = 0; j < 4; j++) {
                int step = j % 2 * 8 + 2 * i + j / 2;
                store(shift(words, 4 * j).and((short) 15), minus, steps, to + step * STEP);
            }
        }
    }

    /** Half a block. */
    private static void three(int minus, ShortVector words, ShortVector rest, short[] steps, int to) {
        for (int j = 0; j < 5; j++) {
            store(shift(words, 3 * j).and((short) 7), minus, steps, to + j * STEP);
        }
        store(rest.and((short) 7), minus, steps, to + 5 * STEP);
        store(shift(rest, 3).and((short) 7), minus, steps, to + 6 * STEP);
        ShortVector high = shift(rest, 6).and((short) 3).lanewise(VectorOperators.LSHL, 1);
        store(shift(words, 15).or(high), minus, steps, to + 7 * STEP);
    }

    private static void five(int minus, MemorySegment w, long at, short[] steps, int to) {
        ShortVector last = ShortVector.zero(SHORT);
        for (int i = 0; i < 5; i++) {
            ShortVector words = load(w, at + i * WORD);
            for (int j = 0; j < 3; j++) {
                store(shift(words, 5 * j).and((short) 31), minus, steps, to + (3 * i + j) * STEP);
            }
            last = last.or(shift(words, 15).lanewise(VectorOperators.LSHL, i));
        }
        store(last, minus, steps, to + (LevelBits.STEPS - 1) * STEP);
    }

    /** Half a block. */
    private static void six(int minus, MemorySegment w, long at, short[] steps, int to) {
        ShortVector rest = shift(load(w, at + 2 * WORD), 12);
        for (int i = 0; i < 3; i++) {
            ShortVector words = load(w, at + i * WORD);
            store(words.and((short) 63), minus, steps, to + 2 * i * STEP);
            store(shift(words, 6).and((short) 63), minus, steps, to + (2 * i + 1) * STEP);
            if (i < 2) {
                ShortVector high = shift(rest, 2 * i).and((short) 3).lanewise(VectorOperators.LSHL, 4);
                store(shift(words, 12).or(high), minus, steps, to + (6 + i) * STEP);
            }
        }
    }

    private static ShortVector shift(ShortVector words, int bits) {
        return words.lanewise(VectorOperators.LSHR, bits);
    }

    static ShortVector load(MemorySegment w, long at) {
        return ShortVector.fromMemorySegment(SHORT, w, at, ByteOrder.LITTLE_ENDIAN);
    }

    private static void store(ShortVector levels, int minus, short[] steps, int to) {
        levels.sub((short) minus).intoArray(steps, to);
    }
}
