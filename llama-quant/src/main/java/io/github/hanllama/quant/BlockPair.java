package io.github.hanllama.quant;

/**
 * Stored blocks of two rows that become neighbours. A word of both is a long, the first row's in its lower half, so that what
 * is done to it is done to both; as long as nothing is shifted from one into the other, no row notices.
 *
 * @param first byte at which the blocks of the first row begin
 * @param second byte at which those of the second do
 */
record BlockPair(byte[] stored, int first, int second) {
    /** A byte in all eight of a long. */
    static final long BYTES = 0x0101_0101_0101_0101L;

    private static final long LOWER = 0xffff_ffffL;

    /** The 16 bits at that byte of each row. */
    int halves(int at) {
        return BlockBytes.bits(stored, first + at) & 0xffff | BlockBytes.bits(stored, second + at) << 16;
    }

    /** The word at that byte of each row. */
    long words(int at) {
        return BlockBytes.word(stored, first + at) & LOWER | (long) BlockBytes.word(stored, second + at) << 32;
    }

    /** Four pairs of bits at once, one to a byte: word {@code word} of eight in run {@code run} of 32 levels. */
    long fourPairs(int at, int run, int word) {
        return words(at + run / 4 * 32 + 4 * word) >>> run % 4 * 2 & 0x03 * BYTES;
    }
}
