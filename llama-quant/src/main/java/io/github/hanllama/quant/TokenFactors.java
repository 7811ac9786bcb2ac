package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;

/**
 * One token as the kernels want it that multiply words of levels of a layout: a few numbers for each word and for each group.
 *
 * <p>With four to six bits, levels are not unpacked: they are multiplied field by field, four fields to each half word, as
 * {@link LevelBits} lays them out. A half word is multiplied once for each field, shifted down to it but never masked, and all sums are modulo 2^16, where
 * finished ones fit. What higher fields add is taken off their own factors beforehand: with shifts s and t, and levels x and
 * y of the token, {@code (w >> s) * x + (w >> t) * (y - (x << t - s))} is x times the field between plus y times the rest.
 * Sums start at minus the middle times the sum of the token's levels. A level in two fields is the sum of both.
 */
final class TokenFactors {
    static final int FIELDS = 4;

    /** What sums of a group start at is the first number behind its factors. */
    static final int START = 0;
    /** Then its scale, as bits of a float. */
    static final int SCALE = 1;
    /** Then what offsets are multiplied by, likewise. */
    static final int WEIGHT = 2;

    private static final int OTHERS = 3;

    private static final int HIGHEST = 0x8000_8000;

    private static final Fields FOUR = new Fields(4, 4, 0, 4, 8, 12);
    private static final Fields FIVE = new Fields(5, 5, 0, 5, 10, 15);
    private static final Fields SIX = new Fields(6, 3, 0, 6, 12, 14);

    final int[] pairs; // (columns / 2): levels as they are
    final int[] factors; // (groups, numbers): factors and starts two of 16 bits to an int; only with four to six bits
    final float[] scales; // (groups)
    final int[] centres; // (groups): what was taken off a dot product by the middle
    final float[] weights; // (groups): what offsets are multiplied by

    private final BlockLayout layout;
    private final QuantizedTokens x;
    private final int token;
    /** Of the token's numbers, of which these were made last. */
    private volatile int edition;

    /** Room for them. */
    TokenFactors(BlockLayout layout, QuantizedTokens x, int token) {
        this.layout = layout;
        this.x = x;
        this.token = token;
        int groups = x.columns / layout.group();
        pairs = x.tokens == 1 ? x.pairs : new int[x.columns / 2];
        scales = new float[groups];
        centres = new int[groups];
        weights = new float[groups];
        factors = new int[canMultiply(layout.bits()) ? groups * fields(layout.bits()).numbers : 0];
    }

    /**
     * Brings them up to date. Threads may do so at the same time: they write the same, and nothing else in between.
     *
     * @param wanted more than 0
     */
    void make(int wanted) {
        if (edition != wanted) {
            make();
            edition = wanted;
        }
    }

    private void make() {
        if (x.tokens > 1) {
            int at = x.pairsAt(token);
            for (int i = 0; i < pairs.length; i++) {
                pairs[i] = x.pairs[at + i * TokenTiles.TILE];
            }
        }
        int halves = layout.group() / (BLOCK / 2);
        int firstHalf = token * x.blocks() * 2;
        for (int group = 0; group < scales.length; group++) {
            int half = firstHalf + group * halves;
            int levels = x.sum(half, halves);
            scales[group] = x.scales[half / 2];
            centres[group] = layout.middle() * levels;
            weights[group] = scales[group] * levels;
        }
        if (factors.length == 0) {
            return;
        }
        Fields fields = fields(layout.bits());
        Kernels.blocks().factors(fields, pairs, factors);
        for (int group = 0; group < scales.length; group++) {
            int at = (group + 1) * fields.numbers - OTHERS;
            factors[at + START] = times(x.halves(firstHalf + group * halves, halves), layout.middle());
            factors[at + SCALE] = Float.floatToRawIntBits(scales[group]);
            factors[at + WEIGHT] = Float.floatToRawIntBits(weights[group]);
        }
    }

    /** From the numbers of a group to those of the next one. */
    static int numbers(int words) {
        return words * FIELDS + OTHERS;
    }

    private static boolean canMultiply(int bits) {
        return bits >= 4 && bits <= 6;
    }

    /** What words of levels of four to six bits hold. */
    static Fields fields(int bits) {
        return switch (bits) {
            case 4 -> FOUR;
            case 5 -> FIVE;
            default -> SIX;
        };
    }

    /** Both halves of a word; by 16, nothing is left. */
    private static int shifted(int pair, int by) {
        return pair << by & (0xffff << by & 0xffff) * 0x1_0001;
    }

    /** Both halves of a word, the highest bit of each by itself, so that the lower half borrows nothing from the upper one. */
    private static int minus(int pair, int other) {
        return (pair | HIGHEST) - (other & ~HIGHEST) ^ (pair ^ ~other) & HIGHEST;
    }

    private static int times(int pair, int factor) {
        return factor * pair & 0xffff | factor * (pair >> 16) << 16;
    }

    /** What the fields of a block's words hold, word by word. */
    static final class Fields {
        final int[] steps; // that the level is of
        final int[] shifts; // bits of the level below those in the field
        final int[] apart; // from the field before it in its half word; 16 for the first one, to which nothing is added
        final int ofGroup; // fields
        final int numbers; // from a group's first to the next group's

        /**
         * @param words of a group
         * @param at where in a half word the fields begin
         */
        Fields(int bits, int words, int... at) {
            steps = new int[bits * FIELDS];
            shifts = new int[steps.length];
            apart = new int[steps.length];
            ofGroup = words * FIELDS;
            numbers = numbers(words);
            for (int i = 0; i < steps.length; i++) {
                int field = i % FIELDS;
                steps[i] = step(bits, i / FIELDS, field);
                shifts[i] = shift(bits, i / FIELDS, field);
                apart[i] = field == 0 ? Short.SIZE : at[field] - at[field - 1];
            }
        }

        /** Of a block. */
        int count() {
            return steps.length;
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

        private static int step(int bits, int word, int field) {
            return switch (bits) {
                case 4 -> field % 2 * 8 + 2 * word + field / 2;
                case 5 -> field < 3 ? 3 * word + field : LevelBits.STEPS - 1;
                default -> word / 3 * 8 + inHalf(word % 3, field);
            };
        }

        /** Six bits: two whole levels, then two fields of two bits of the last two levels of half a block. */
        private static int inHalf(int word, int field) {
            if (field < 2) {
                return 2 * word + field;
            }
            return word < 2 ? 6 + word : 4 + field;
        }

        private static int shift(int bits, int word, int field) {
            if (bits == 5 && field == 3) {
                return word;
            }
            if (bits == 6 && field >= 2) {
                return word % 3 < 2 ? 2 * (field - 2) : 4;
            }
            return 0;
        }
    }
}
