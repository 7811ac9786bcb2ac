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

    private static final int[] SHIFTS_4 = {0, 4, 8, 12};
    private static final int[] SHIFTS_5 = {0, 5, 10, 15};
    private static final int[] SHIFTS_6 = {0, 6, 12, 14};

    final int[] pairs; // (columns / 2): levels as they are
    final int[] factors; // (words, FIELDS): two of 16 bits to an int; only with four to six bits
    final int[] starts; // (groups): likewise
    final float[] scales; // (groups)
    final int[] centres; // (groups): what was taken off a dot product by the middle
    final float[] weights; // (groups): what offsets are multiplied by

    TokenFactors(BlockLayout layout, QuantizedTokens x, int token) {
        int bits = layout.bits();
        pairs = x.pairs(token);
        factors = new int[canMultiply(bits) ? x.blocks() * bits * FIELDS : 0];
        if (canMultiply(bits)) {
            putWords(bits, x.blocks());
        }
        int halves = layout.group() / (BLOCK / 2);
        int groups = x.columns / layout.group();
        int firstHalf = token * x.blocks() * 2;
        starts = new int[groups];
        scales = new float[groups];
        centres = new int[groups];
        weights = new float[groups];
        for (int group = 0; group < groups; group++) {
            int half = firstHalf + group * halves;
            int levels = x.sum(half, halves);
            starts[group] = times(x.halves(half, halves), layout.middle());
            scales[group] = x.scales[half / 2];
            centres[group] = layout.middle() * levels;
            weights[group] = scales[group] * levels;
        }
    }

    private void putWords(int bits, int blocks) {
        int[] shifts = shifts(bits);
        for (int block = 0; block < blocks; block++) {
            for (int word = 0; word < bits; word++) {
                put(bits, word, shifts, block * QuantizedTokens.STEPS, (block * bits + word) * FIELDS);
            }
        }
    }

    private static boolean canMultiply(int bits) {
        return bits >= 4 && bits <= 6;
    }

    private static int[] shifts(int bits) {
        return switch (bits) {
            case 4 -> SHIFTS_4;
            case 5 -> SHIFTS_5;
            default -> SHIFTS_6;
        };
    }

    private void put(int bits, int word, int[] shifts, int pair, int to) {
        int lower = 0;
        for (int field = 0; field < FIELDS; field++) {
            int level = times(pairs[pair + step(bits, word, field)], 1 << shift(bits, word, field));
            int less = field == 0 ? 0 : times(lower, 1 << shifts[field] - shifts[field - 1]);
            factors[to + field] = minus(level, less);
            lower = level;
        }
    }

    private static int times(int pair, int factor) {
        return factor * pair & 0xffff | factor * (pair >> 16) << 16;
    }

    private static int minus(int pair, int other) {
        return pair - other & 0xffff | (pair >> 16) - (other >> 16) << 16;
    }

    /** The step that a field's level is of. */
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

    /** Bits of the level below those in the field. */
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
