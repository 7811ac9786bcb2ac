package io.github.hanllama.quant;

import java.util.Arrays;

/**
 * What the half words of a block's levels hold, as {@link LevelBits} lays them out: fields, from the lowest of a half word up, one
 * half word after the other.
 *
 * <p>Levels whose bits are apart are in several fields.
 */
final class WordFields {
    private static final WordFields TWO =
            new WordFields(at(0, 2, 4, 6, 8, 10, 12, 14), steps(0, 1, 2, 3, 4, 5, 6, 7), bits(0, 0, 0, 0, 0, 0, 0, 0));
    /** Of the word that two groups share, the upper bytes of its half words, where the kernel has either group's. */
    private static final WordFields THREE = new WordFields(
            at(0, 3, 6, 9, 12, 15, 8, 11, 14), steps(0, 1, 2, 3, 4, 7, 5, 6, 7), bits(0, 0, 0, 0, 0, 0, 0, 0, 1));

    private static final WordFields FOUR = new WordFields(
            at(0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12),
            steps(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15),
            bits(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    private static final WordFields FIVE = new WordFields(
            at(0, 5, 10, 15, 0, 5, 10, 15, 0, 5, 10, 15, 0, 5, 10, 15, 0, 5, 10, 15),
            steps(0, 1, 2, 15, 3, 4, 5, 15, 6, 7, 8, 15, 9, 10, 11, 15, 12, 13, 14, 15),
            bits(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4));
    private static final WordFields SIX = new WordFields(
            at(0, 6, 12, 14, 0, 6, 12, 14, 0, 6, 12, 14),
            steps(0, 1, 6, 6, 2, 3, 7, 7, 4, 5, 6, 7),
            bits(0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 4, 4));

    private static final int HIGHEST = 0x8000_8000;

    final int[] steps; // that the level is of
    final int[] shifts; // bits of the level below those in the field
    final int[] apart; // from the field before it in its half word; 16 for the first one, to which nothing is added
    final int ofGroup; // fields
    final int numbers; // from a group's first to the next group's

    /** Those of a group; a second one in the block has the same for the steps that follow. */
    private WordFields(int[] at, int[] steps, int[] shifts) {
        ofGroup = steps.length;
        numbers = TokenFactors.numbers(ofGroup);
        int ofGroupSteps = Arrays.stream(steps).max().getAsInt() + 1;
        int count = LevelBits.STEPS / ofGroupSteps * ofGroup;
        this.steps = new int[count];
        this.shifts = new int[count];
        this.apart = new int[count];
        for (int i = 0; i < count; i++) {
            int field = i % ofGroup;
            this.steps[i] = i / ofGroup * ofGroupSteps + steps[field];
            this.shifts[i] = shifts[field];
            boolean first = field == 0 || at[field] < at[field - 1];
            apart[i] = first ? Short.SIZE : at[field] - at[field - 1];
        }
    }

    /** Of levels of two to six bits. */
    static WordFields of(int bits) {
        return switch (bits) {
            case 2 -> TWO;
            case 3 -> THREE;
            case 4 -> FOUR;
            case 5 -> FIVE;
            case 6 -> SIX;
            default -> throw new IllegalArgumentException("levels of " + bits + " bits");
        };
    }

    /** Of a block. */
    int count() {
        return steps.length;
    }

    /** Whether nothing is below the field in its half word, or nothing of the same group. */
    boolean first(int field) {
        return apart[field] == Short.SIZE;
    }

    /** Where the factor of a block's field is, from the numbers of the block's first group on. */
    int place(int field) {
        return field / ofGroup * numbers + field % ofGroup;
    }

    /** From the numbers of a block to those of the next one. */
    int ofBlock() {
        return count() / ofGroup * numbers;
    }

    /** The factors of all blocks, one by one. */
    void fill(int[] pairs, int[] factors) {
        int to = 0;
        for (int pair = 0; pair < pairs.length; pair += QuantizedTokens.STEPS) {
            int lower = 0;
            for (int i = 0; i < count(); i++) {
                int level = shifted(pairs[pair + steps[i]], shifts[i]);
                factors[to + place(i)] = minus(level, shifted(lower, apart[i]));
                lower = level;
            }
            to += ofBlock();
        }
    }

    /** Both halves of a word. */
    private static int shifted(int pair, int by) {
        return pair << by & (0xffff << by & 0xffff) * 0x1_0001;
    }

    /** Both halves of a word, the highest bit of each by itself, so that the lower half borrows nothing from the upper one. */
    private static int minus(int pair, int other) {
        return (pair | HIGHEST) - (other & ~HIGHEST) ^ (pair ^ ~other) & HIGHEST;
    }

    private static int[] at(int... bits) {
        return bits;
    }

    private static int[] steps(int... steps) {
        return steps;
    }

    private static int[] bits(int... below) {
        return below;
    }
}
