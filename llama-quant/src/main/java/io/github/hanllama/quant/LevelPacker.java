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
     * @param bits of a level: two, three or five
     * @param levels 32 of each row, consecutive ones in the bytes of eight words
     * @param words of a strip's rows; from byte {@code to} on as many as a level has bits get these two rows
     */
    static void pack(int bits, long[] levels, byte[] words, int to) {
        switch (bits) {
            case 2 -> packTwo(levels, words, to);
            case 3 -> packThree(levels, words, to);
            case 5 -> packFive(levels, words, to);
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

    /** Half a block: five steps and a bit of the last one to a word; two and its other bits to one byte of the word in between. */
    private static void packThree(long[] levels, byte[] words, int to) {
        long shared = 0;
        for (int half = 0; half < 2; half++) {
            int at = 4 * half;
            long last = odd(levels[at + 3]);
            BlockBytes.putTwoWords(
                    words,
                    to + half * 2 * WORD,
                    both(levels[at], 3) | both(levels[at + 1], 3) << 6 | even(levels[at + 2]) << 12 | top(last, 0));
            long rest = odd(levels[at + 2]) | even(levels[at + 3]) << 3 | (last >>> 1 & LOWER_TWO) << 6;
            shared |= rest << 8 * half;
        }
        BlockBytes.putTwoWords(words, to + WORD, shared);
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

    /**
     * 16 levels of six bits, to three words: two steps to a word; above them the lower four bits of the last two steps, then the upper
     * two of both.
     */
    static void packHalfOfSix(long first, long second, long third, long fourth, byte[] words, int to) {
        BlockBytes.putTwoWords(words, to, both(first, 6) | (even(fourth) & LOWER_FOUR) << 12);
        BlockBytes.putTwoWords(words, to + WORD, both(second, 6) | (odd(fourth) & LOWER_FOUR) << 12);
        long upper = even(fourth) >>> 4 & LOWER_TWO | (odd(fourth) >>> 4 & LOWER_TWO) << 2;
        BlockBytes.putTwoWords(words, to + 2 * WORD, both(third, 6) | upper << 12);
    }
}
