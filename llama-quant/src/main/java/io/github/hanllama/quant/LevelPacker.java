package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.WORD;

/**
 * Packs levels as {@link LevelBits} says. They come four to a word and two words to a long, one of each of two rows, and so
 * does the work: the even bytes of such a word are the two columns of one step, the odd bytes those of the next, each in the
 * lower half of its 16 bits.
 */
final class LevelPacker {
    private static final long COLUMNS_OF_A_STEP = 0x00ff_00ff_00ff_00ffL;
    private static final long LOWEST = 0x0001_0001_0001_0001L;
    private static final long LOWER_FOUR = 0xf * LOWEST;
    private static final long LOWER_TWO = 0x3 * LOWEST;

    private LevelPacker() {}

    /**
     * @param levels 32 of each row, consecutive ones in the bytes of eight words
     * @param words of a strip's rows; from byte {@code to} on as many as a level has bits get these two rows
     */
    static void pack(int bits, long[] levels, byte[] words, int to) {
        switch (bits) {
            case 2 -> packTwo(levels, words, to);
            case 3 -> packThree(levels, words, to);
            case 4 -> packFour(levels, words, to);
            case 5 -> packFive(levels, words, to);
            case 6 -> {
                packHalfOfSix(levels, 0, words, to);
                packHalfOfSix(levels, 4, words, to + 3 * WORD);
            }
            case 8 -> packEight(levels, words, to);
            default -> throw new IllegalArgumentException("levels of " + bits + " bits");
        }
    }

    /** The first step of a word's two. */
    private static long even(long level) {
        return level & COLUMNS_OF_A_STEP;
    }

    /** The second. */
    private static long odd(long level) {
        return level >>> 8 & COLUMNS_OF_A_STEP;
    }

    /** Both, the second above the first. */
    private static long both(long level, int bits) {
        return even(level) | odd(level) << bits;
    }

    private static void packTwo(long[] levels, byte[] words, int to) {
        for (int half = 0; half < 2; half++) {
            int at = 4 * half;
            BlockBytes.putTwoWords(
                    words,
                    to + half * WORD,
                    both(levels[at], 2)
                            | both(levels[at + 1], 2) << 4
                            | both(levels[at + 2], 2) << 8
                            | both(levels[at + 3], 2) << 12);
        }
    }

    /** Five steps to a word; the bits of the last step are above them. */
    private static void packThree(long[] levels, byte[] words, int to) {
        long last = odd(levels[7]);
        BlockBytes.putTwoWords(
                words, to, both(levels[0], 3) | both(levels[1], 3) << 6 | even(levels[2]) << 12 | top(last, 0));
        BlockBytes.putTwoWords(
                words, to + WORD, odd(levels[2]) | both(levels[3], 3) << 3 | both(levels[4], 3) << 9 | top(last, 1));
        BlockBytes.putTwoWords(
                words,
                to + 2 * WORD,
                both(levels[5], 3) | both(levels[6], 3) << 6 | even(levels[7]) << 12 | top(last, 2));
    }

    private static void packFour(long[] levels, byte[] words, int to) {
        for (int i = 0; i < 4; i++) {
            BlockBytes.putTwoWords(words, to + i * WORD, levels[i] | levels[i + 4] << 4);
        }
    }

    /** Three steps to a word; the bits of the last step are above them. */
    private static void packFive(long[] levels, byte[] words, int to) {
        long last = odd(levels[7]);
        BlockBytes.putTwoWords(words, to, both(levels[0], 5) | even(levels[1]) << 10 | top(last, 0));
        BlockBytes.putTwoWords(words, to + WORD, odd(levels[1]) | both(levels[2], 5) << 5 | top(last, 1));
        BlockBytes.putTwoWords(words, to + 2 * WORD, both(levels[3], 5) | even(levels[4]) << 10 | top(last, 2));
        BlockBytes.putTwoWords(words, to + 3 * WORD, odd(levels[4]) | both(levels[5], 5) << 5 | top(last, 3));
        BlockBytes.putTwoWords(words, to + 4 * WORD, both(levels[6], 5) | even(levels[7]) << 10 | top(last, 4));
    }

    private static long top(long step, int bit) {
        return (step >>> bit & LOWEST) << 15;
    }

    /** Two steps to a word; above them the lower four bits of the last two steps, then the upper two of both. */
    private static void packHalfOfSix(long[] levels, int from, byte[] words, int to) {
        long last = levels[from + 3];
        BlockBytes.putTwoWords(words, to, both(levels[from], 6) | (even(last) & LOWER_FOUR) << 12);
        BlockBytes.putTwoWords(words, to + WORD, both(levels[from + 1], 6) | (odd(last) & LOWER_FOUR) << 12);
        long upper = even(last) >>> 4 & LOWER_TWO | (odd(last) >>> 4 & LOWER_TWO) << 2;
        BlockBytes.putTwoWords(words, to + 2 * WORD, both(levels[from + 2], 6) | upper << 12);
    }

    private static void packEight(long[] levels, byte[] words, int to) {
        for (int i = 0; i < 8; i++) {
            BlockBytes.putTwoWords(words, to + i * WORD, levels[i]);
        }
    }
}
