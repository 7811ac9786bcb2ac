package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;

/**
 * One token as the kernels want it that multiply words of levels of a layout: a few numbers for each word and for each group.
 *
 * <p>Levels of less than eight bits are not unpacked: they are multiplied field by field, as {@link WordFields} says. A half word
 * is multiplied once for each field, shifted down to it but never masked, and all sums are modulo 2^16, where
 * finished ones fit. What higher fields add is taken off their own factors beforehand: with shifts s and t, and levels x and
 * y of the token, {@code (w >> s) * x + (w >> t) * (y - (x << t - s))} is x times the field between plus y times the rest.
 * Sums start at minus the middle times the sum of the token's levels. A level in two fields is the sum of both.
 */
final class TokenFactors {
    /** What sums of a group start at is the first number behind its factors. */
    static final int START = 0;
    /** Then its scale, as bits of a float. */
    static final int SCALE = 1;
    /** Then what offsets are multiplied by, likewise. */
    static final int WEIGHT = 2;
    /** Then what was taken off a dot product by the middle. */
    static final int CENTRE = 3;

    private static final int OTHERS = 4;

    final int[] pairs; // (columns / 2): levels as they are
    final int[] factors; // (groups, numbers): factors and starts two of 16 bits to an int; not with eight bits
    final float[] scales; // (blocks); with eight bits

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
        pairs = x.tokens == 1 ? x.pairs : new int[x.columns / 2];
        boolean bytes = layout.bits() == Byte.SIZE;
        scales = new float[bytes ? x.blocks() : 0];
        factors = new int[bytes ? 0 : groups() * WordFields.of(layout.bits()).numbers];
    }

    private int groups() {
        return x.columns / layout.group();
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
        if (layout.bits() == Byte.SIZE) {
            System.arraycopy(x.scales, token * x.blocks(), scales, 0, scales.length);
        } else {
            makeFactors(WordFields.of(layout.bits()));
        }
    }

    private void makeFactors(WordFields fields) {
        Kernels.blocks().factors(fields, pairs, factors);
        int halves = layout.group() / (BLOCK / 2);
        int firstHalf = token * x.blocks() * 2;
        for (int group = 0; group < groups(); group++) {
            int half = firstHalf + group * halves;
            int levels = x.sum(half, halves);
            float scale = x.scales[half / 2];
            int at = (group + 1) * fields.numbers - OTHERS;
            factors[at + START] = times(x.halves(half, halves), layout.middle());
            factors[at + SCALE] = Float.floatToRawIntBits(scale);
            factors[at + WEIGHT] = Float.floatToRawIntBits(scale * levels);
            factors[at + CENTRE] = layout.middle() * levels;
        }
    }

    /**
     * From the numbers of a group to those of the next one.
     *
     * @param fields of a group
     */
    static int numbers(int fields) {
        return fields + OTHERS;
    }

    /** Both halves of a word. */
    private static int times(int pair, int factor) {
        return factor * pair & 0xffff | factor * (pair >> 16) << 16;
    }
}
