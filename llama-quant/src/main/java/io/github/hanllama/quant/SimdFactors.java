package io.github.hanllama.quant;

import static io.github.hanllama.quant.QuantizedTokens.STEPS;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.TokenFactors.FIELDS;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/** The numbers of {@link TokenFactors}, up to 16 fields of a group at a time. */
final class SimdFactors {
    /** Whether a vector holds all pairs of a block. */
    static final boolean POSSIBLE = LANES == STEPS;

    private SimdFactors() {}

    static void fill(TokenFactors.Fields fields, int[] pairs, int[] factors) {
        for (int first = 0, lanes; first < fields.count(); first += lanes) {
            lanes = Math.min(LANES, fields.ofGroup - first % fields.ofGroup);
            fill(fields, first, lanes, pairs, factors);
        }
    }

    /** Some fields of every block. */
    private static void fill(TokenFactors.Fields fields, int first, int lanes, int[] pairs, int[] factors) {
        int[] steps = new int[LANES];
        int[] shifts = new int[LANES];
        int[] lowerSteps = new int[LANES]; // of the field before it in its half word
        int[] lowerShifts = new int[LANES];
        int[] hasLower = new int[LANES];
        for (int i = 0; i < lanes; i++) {
            int field = first + i;
            steps[i] = fields.steps[field];
            shifts[i] = twice(fields.shifts[field]);
            if (field % FIELDS > 0) {
                lowerSteps[i] = fields.steps[field - 1];
                lowerShifts[i] = twice(fields.shifts[field - 1] + fields.apart[field]);
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
    private static int twice(int shift) {
        return shift | shift << 16;
    }
}
