package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.HALVES;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.WORD;
import static io.github.hanllama.quant.SimdRun.HALF_ROWS;
import static io.github.hanllama.quant.SimdRun.SECOND_HALVES;
import static io.github.hanllama.quant.SimdRun.SECOND_WORDS;
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
 * Integer products with levels of eight bits straight from memory, word by word: two fit 16 bits, no more, so they are added
 * up in ints.
 */
final class SimdBytes {
    /** Turns of the loop for one token and a block; all of it were more than C1 takes, as {@link SimdRun.Stage} says. */
    private static final int PARTS = 2;

    private static final boolean BY_LANE = SimdHardware.shiftsShorts();
    private static final int WORDS = Byte.SIZE;
    /** Bytes of a block. */
    private static final int Q8_0 = HALVES + WORDS * WORD;

    private static final int PART_WORDS = WORDS / PARTS;
    private static final int TILE_DOTS = TokenTiles.TILE * ROWS;

    private SimdBytes() {}

    /** One token, scales included, as {@link SimdFours}. */
    static void one(SimdRun run) {
        for (int row = 0; row < HALF_ROWS; row += LANES) {
            one(
                    run.strip.weights(),
                    run.strip.levelsAt(run.block) + 4 * row,
                    run.scalesAt() + 2 * row,
                    run.blocks * PARTS,
                    run.strips,
                    run.stripBytes,
                    run.factors.pairs,
                    run.block * LevelBits.STEPS,
                    run.factors.scales,
                    run.block,
                    run.sums,
                    run.sumsAt + row);
        }
    }

    private static void one(
            MemorySegment w,
            long at,
            long scalesAt,
            int parts,
            int strips,
            long stripBytes,
            int[] pairs,
            int pair,
            float[] xScales,
            int xScalesAt,
            float[] sums,
            int sumsAt) {
        ShortVector by8 = ShortVector.broadcast(SHORT, (short) 8);
        for (int strip = 0; strip < strips; strip++) {
            long from = strip * stripBytes;
            int sum = sumsAt + strip * ROWS;
            FloatVector firstSum = FloatVector.fromArray(FLOAT, sums, sum);
            FloatVector secondSum = FloatVector.fromArray(FLOAT, sums, sum + HALF_ROWS);
            IntVector first = IntVector.zero(INT);
            IntVector second = IntVector.zero(INT);
            for (int i = 0; i < parts; i++) {
                long p = from + at + (long) (i / PARTS) * Q8_0 + i % PARTS * (PART_WORDS * WORD);
                long q = from + scalesAt + (long) (i / PARTS) * Q8_0;
                int x = pair + i * (2 * PART_WORDS);
                FloatVector scale = SimdHalfFloats.widenF16(w, q);
                FloatVector secondScale = SimdHalfFloats.widenF16(w, q + SECOND_HALVES);

                ShortVector even = IntVector.broadcast(INT, pairs[x]).reinterpretAsShorts();
                ShortVector odd = IntVector.broadcast(INT, pairs[x + 1]).reinterpretAsShorts();
                ShortVector word = ShortVector.fromMemorySegment(SHORT, w, p, LITTLE_ENDIAN);
                IntVector dot = (BY_LANE
                                ? word.lanewise(LSHL, by8).lanewise(ASHR, by8)
                                : word.lanewise(LSHL, 8).lanewise(ASHR, 8))
                        .mul(even)
                        .add((BY_LANE ? word.lanewise(ASHR, by8) : word.lanewise(ASHR, 8)).mul(odd))
                        .reinterpretAsInts();
                first = first.add(dot.lanewise(LSHL, 16).lanewise(ASHR, 16)).add(dot.lanewise(ASHR, 16));
                word = ShortVector.fromMemorySegment(SHORT, w, p + SECOND_WORDS, LITTLE_ENDIAN);
                dot = (BY_LANE
                                ? word.lanewise(LSHL, by8).lanewise(ASHR, by8)
                                : word.lanewise(LSHL, 8).lanewise(ASHR, 8))
                        .mul(even)
                        .add((BY_LANE ? word.lanewise(ASHR, by8) : word.lanewise(ASHR, 8)).mul(odd))
                        .reinterpretAsInts();
                second = second.add(dot.lanewise(LSHL, 16).lanewise(ASHR, 16)).add(dot.lanewise(ASHR, 16));

                even = IntVector.broadcast(INT, pairs[x + 2]).reinterpretAsShorts();
                odd = IntVector.broadcast(INT, pairs[x + 3]).reinterpretAsShorts();
                word = ShortVector.fromMemorySegment(SHORT, w, p + WORD, LITTLE_ENDIAN);
                dot = (BY_LANE
                                ? word.lanewise(LSHL, by8).lanewise(ASHR, by8)
                                : word.lanewise(LSHL, 8).lanewise(ASHR, 8))
                        .mul(even)
                        .add((BY_LANE ? word.lanewise(ASHR, by8) : word.lanewise(ASHR, 8)).mul(odd))
                        .reinterpretAsInts();
                first = first.add(dot.lanewise(LSHL, 16).lanewise(ASHR, 16)).add(dot.lanewise(ASHR, 16));
                word = ShortVector.fromMemorySegment(SHORT, w, p + WORD + SECOND_WORDS, LITTLE_ENDIAN);
                dot = (BY_LANE
                                ? word.lanewise(LSHL, by8).lanewise(ASHR, by8)
                                : word.lanewise(LSHL, 8).lanewise(ASHR, 8))
                        .mul(even)
                        .add((BY_LANE ? word.lanewise(ASHR, by8) : word.lanewise(ASHR, 8)).mul(odd))
                        .reinterpretAsInts();
                second = second.add(dot.lanewise(LSHL, 16).lanewise(ASHR, 16)).add(dot.lanewise(ASHR, 16));

                even = IntVector.broadcast(INT, pairs[x + 4]).reinterpretAsShorts();
                odd = IntVector.broadcast(INT, pairs[x + 5]).reinterpretAsShorts();
                word = ShortVector.fromMemorySegment(SHORT, w, p + 2 * WORD, LITTLE_ENDIAN);
                dot = (BY_LANE
                                ? word.lanewise(LSHL, by8).lanewise(ASHR, by8)
                                : word.lanewise(LSHL, 8).lanewise(ASHR, 8))
                        .mul(even)
                        .add((BY_LANE ? word.lanewise(ASHR, by8) : word.lanewise(ASHR, 8)).mul(odd))
                        .reinterpretAsInts();
                first = first.add(dot.lanewise(LSHL, 16).lanewise(ASHR, 16)).add(dot.lanewise(ASHR, 16));
                word = ShortVector.fromMemorySegment(SHORT, w, p + 2 * WORD + SECOND_WORDS, LITTLE_ENDIAN);
                dot = (BY_LANE
                                ? word.lanewise(LSHL, by8).lanewise(ASHR, by8)
                                : word.lanewise(LSHL, 8).lanewise(ASHR, 8))
                        .mul(even)
                        .add((BY_LANE ? word.lanewise(ASHR, by8) : word.lanewise(ASHR, 8)).mul(odd))
                        .reinterpretAsInts();
                second = second.add(dot.lanewise(LSHL, 16).lanewise(ASHR, 16)).add(dot.lanewise(ASHR, 16));

                even = IntVector.broadcast(INT, pairs[x + 6]).reinterpretAsShorts();
                odd = IntVector.broadcast(INT, pairs[x + 7]).reinterpretAsShorts();
                word = ShortVector.fromMemorySegment(SHORT, w, p + 3 * WORD, LITTLE_ENDIAN);
                dot = (BY_LANE
                                ? word.lanewise(LSHL, by8).lanewise(ASHR, by8)
                                : word.lanewise(LSHL, 8).lanewise(ASHR, 8))
                        .mul(even)
                        .add((BY_LANE ? word.lanewise(ASHR, by8) : word.lanewise(ASHR, 8)).mul(odd))
                        .reinterpretAsInts();
                first = first.add(dot.lanewise(LSHL, 16).lanewise(ASHR, 16)).add(dot.lanewise(ASHR, 16));
                word = ShortVector.fromMemorySegment(SHORT, w, p + 3 * WORD + SECOND_WORDS, LITTLE_ENDIAN);
                dot = (BY_LANE
                                ? word.lanewise(LSHL, by8).lanewise(ASHR, by8)
                                : word.lanewise(LSHL, 8).lanewise(ASHR, 8))
                        .mul(even)
                        .add((BY_LANE ? word.lanewise(ASHR, by8) : word.lanewise(ASHR, 8)).mul(odd))
                        .reinterpretAsInts();
                second = second.add(dot.lanewise(LSHL, 16).lanewise(ASHR, 16)).add(dot.lanewise(ASHR, 16));

                if (i % PARTS == PARTS - 1) {
                    float xScale = xScales[xScalesAt + i / PARTS];
                    firstSum = ((FloatVector) first.convert(I2F, 0)).fma(scale.mul(xScale), firstSum);
                    secondSum = ((FloatVector) second.convert(I2F, 0)).fma(secondScale.mul(xScale), secondSum);
                    first = IntVector.zero(INT);
                    second = IntVector.zero(INT);
                }
            }
            firstSum.intoArray(sums, sum);
            secondSum.intoArray(sums, sum + HALF_ROWS);
        }
    }

    /** Four tokens. */
    static void tile(SimdRun run) {
        for (int row = 0; row < ROWS; row += LANES) {
            long at = run.strip.levelsAt(run.block) + 4 * row;
            int pair = run.x.pairsAt(run.token) + run.block * LevelBits.STEPS * TokenTiles.TILE;
            tile(run.strip.weights(), at, run.blocks * WORDS, run.x.pairs, pair, run.scratch.wordDots, row);
        }
    }

    private static void tile(MemorySegment w, long at, int words, int[] pairs, int pair, int[] dots, int to) {
        for (int i = 0; i < words; i++) {
            ShortVector word = SimdLevels.load(w, at + (long) (i / WORDS) * Q8_0 + i % WORDS * WORD);
            ShortVector even = even(word);
            ShortVector odd = odd(word);
            for (int t = 0; t < TokenTiles.TILE; t++) {
                int p = pair + 2 * i * TokenTiles.TILE + t;
                ShortVector dot = even.mul(twice(pairs[p])).add(odd.mul(twice(pairs[p + TokenTiles.TILE])));
                SimdDots.fold(dot).intoArray(dots, i * TILE_DOTS + t * ROWS + to);
            }
        }
    }

    /** Adds up the words of each block, and the blocks to the sums of four tokens. */
    static void sumTile(SimdRun run) {
        for (int t = 0; t < TokenTiles.TILE; t++) {
            int xAt = (run.token + t) * run.x.blocks() + run.block;
            for (int row = 0; row < ROWS; row += LANES) {
                int to = run.sumsAt + (run.token + t) * ROWS + row;
                FloatVector sum = FloatVector.fromArray(FLOAT, run.sums, to);
                sum(run.scratch.wordDots, t * ROWS + row, run.blocks, run.x.scales, xAt, run.scratch.scales, row, sum)
                        .intoArray(run.sums, to);
            }
        }
    }

    private static FloatVector sum(
            int[] dots, int at, int blocks, float[] xScales, int xAt, float[] scales, int row, FloatVector sum) {
        for (int block = 0; block < blocks; block++) {
            IntVector dot = IntVector.zero(INT);
            for (int i = 0; i < WORDS; i++) {
                dot = dot.add(IntVector.fromArray(INT, dots, (block * WORDS + i) * TILE_DOTS + at));
            }
            FloatVector scale =
                    FloatVector.fromArray(FLOAT, scales, block * ROWS + row).mul(xScales[xAt + block]);
            sum = ((FloatVector) dot.convert(I2F, 0)).fma(scale, sum);
        }
        return sum;
    }

    private static ShortVector even(ShortVector word) {
        return word.lanewise(LSHL, 8).lanewise(ASHR, 8);
    }

    private static ShortVector odd(ShortVector word) {
        return word.lanewise(ASHR, 8);
    }

    private static ShortVector twice(int pair) {
        return SimdDots.twice(pair);
    }
}
