package io.github.hanllama.quant;

import static io.github.hanllama.quant.QuantizedTokens.STEPS;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/** Puts the levels of tokens in place, half a block to a vector, and makes up to 16 of their {@link TokenFactors} at a time. */
final class SimdTokens {
    /** Whether a vector holds half the levels of a block, and all its pairs. */
    static final boolean POSSIBLE = LANES == STEPS;

    private static final int HALF_STEPS = STEPS / 2;
    /** Moves the first levels of half a block's steps to the lower lanes. */
    private static final VectorShuffle<Integer> FIRST = INT.shuffleFromOp(SimdTokens::first);
    /** The same for the second ones. */
    private static final VectorShuffle<Integer> SECOND = INT.shuffleFromOp(step -> first(step) + LevelBits.APART);

    private static final VectorMask<Integer> LOWER = INT.indexInRange(0, HALF_STEPS);

    private SimdTokens() {}

    static void pair(int[] levels, int[] halves, int[] sums, int i) {
        for (int half = 0; half < 2; half++) {
            IntVector level = IntVector.fromArray(INT, levels, half * LANES);
            IntVector one = level.rearrange(FIRST);
            IntVector other = level.rearrange(SECOND).lanewise(LSHL, Short.SIZE);
            one.and(0xffff).or(other).intoArray(levels, half * HALF_STEPS, LOWER);
            // both sums in one, 16 bits each; what the lower one borrows is given back
            int both = one.add(other).reduceLanes(ADD, LOWER);
            int firstSum = (short) both;
            int secondSum = both - firstSum >> Short.SIZE;
            halves[i + half] = -firstSum & 0xffff | -secondSum << Short.SIZE;
            sums[i + half] = firstSum + secondSum;
        }
    }

    /** The first column of a step of half a block. */
    private static int first(int step) {
        return LevelBits.column(step % HALF_STEPS);
    }

    static void twice(int[] levels, int[] sums, int i) {
        for (int half = 0; half < 2; half++) {
            IntVector level = IntVector.fromArray(INT, levels, half * LANES);
            sums[i + half] = level.reduceLanes(ADD);
            level.and(0xffff).or(level.lanewise(LSHL, Short.SIZE)).intoArray(levels, half * LANES);
        }
    }

    static void factors(WordFields fields, int[] pairs, int[] factors) {
        for (int first = 0, lanes; first < fields.count(); first += lanes) {
            lanes = Math.min(LANES, fields.ofGroup - first % fields.ofGroup);
            factors(fields, first, lanes, pairs, factors);
        }
    }

    /** Some fields of every block. */
    private static void factors(WordFields fields, int first, int lanes, int[] pairs, int[] factors) {
        int[] steps = new int[LANES];
        int[] shifts = new int[LANES];
        int[] lowerSteps = new int[LANES]; // of the field before it in its half word
        int[] lowerShifts = new int[LANES];
        int[] hasLower = new int[LANES];
        for (int i = 0; i < lanes; i++) {
            int field = first + i;
            steps[i] = fields.steps[field];
            shifts[i] = both(fields.shifts[field]);
            if (!fields.first(field)) {
                lowerSteps[i] = fields.steps[field - 1];
                lowerShifts[i] = both(fields.shifts[field - 1] + fields.apart[field]);
                hasLower[i] = -1;
            }
        }
        VectorShuffle<Integer> own = VectorShuffle.fromArray(INT, steps, 0);
        VectorShuffle<Integer> lower = VectorShuffle.fromArray(INT, lowerSteps, 0);
        ShortVector by = IntVector.fromArray(INT, shifts, 0).reinterpretAsShorts();
        ShortVector lowerBy = IntVector.fromArray(INT, lowerShifts, 0).reinterpretAsShorts();
        ShortVector mask = IntVector.fromArray(INT, hasLower, 0).reinterpretAsShorts();
        VectorMask<Integer> some = INT.indexInRange(0, lanes);
        int to = fields.place(first);
        int step = fields.ofBlock();
        for (int i = 0; i < pairs.length; i += STEPS, to += step) {
            IntVector pair = IntVector.fromArray(INT, pairs, i);
            ShortVector level = pair.rearrange(own).reinterpretAsShorts().lanewise(LSHL, by);
            ShortVector other = pair.rearrange(lower)
                    .reinterpretAsShorts()
                    .lanewise(LSHL, lowerBy)
                    .and(mask);
            level.sub(other).reinterpretAsInts().intoArray(factors, to, some);
        }
    }

    /** For both halves of a word. */
    private static int both(int shift) {
        return shift | shift << 16;
    }
}
