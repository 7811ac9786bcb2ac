package io.github.hanllama.quant;

/**
 * How 32 levels of a row, of two to six bits each, lie in as many 32-bit words as a level has bits.
 *
 * <p>A kernel multiplies 16-bit lanes, two columns of a row at a time: step {@code p} of 16 has columns {@link #column}
 * and the second after it, in the lower and in the upper half of a word. Each half word holds {@code 16 / bits} levels
 * from bit 0 up; where bits are left over, those of several words together hold the levels that remain. With four bits
 * these are the words of GGUF: the low halves of four bytes are consecutive columns, the high halves those 16 later.
 */
final class LevelBits {
    static final int COLUMNS = 32;
    static final int STEPS = COLUMNS / 2;
    /** From the first column of a step to its second. */
    static final int APART = 2;

    private LevelBits() {}

    /** First column of a step; the first eight steps are the first 16 columns. */
    static int column(int step) {
        return step / 8 * 16 + step % 8 / 2 * 4 + step % 2;
    }

    /** @param words as many as a level has bits, from {@code from} on, {@code stride} apart */
    static void unpack(int bits, int[] words, int from, int stride, int[] levels, int at) {
        for (int step = 0; step < STEPS; step++) {
            int first = at + column(step);
            int pair = get(bits, step, words, from, stride);
            levels[first] = pair & 0xffff;
            levels[first + APART] = pair >>> 16;
        }
    }

    private static int get(int bits, int step, int[] words, int from, int stride) {
        return switch (bits) {
            case 2 -> words[from + step / 8 * stride] >>> 2 * (step % 8) & 0x3_0003;
            case 3 -> getThree(step % 8, words, from + step / 8 * 2 * stride, from + stride, step / 8 * 8);
            case 4 -> words[from + step % 8 / 2 * stride] >>> nibble(step) & 0xf_000f;
            case 6 -> getSix(step, words, from + step / 8 * 3 * stride, stride);
            case 5 -> getFive(step, words, from, stride);
            default -> throw new IllegalArgumentException("levels of " + bits + " bits");
        };
    }

    private static int nibble(int step) {
        return step % 2 * 8 + step / 8 * 4;
    }

    /**
     * Three bits: half a block has a word of five steps and the lowest bit of the last one, and either byte of the halves of the word in
     * between, of two steps and the other bits.
     */
    private static int getThree(int inHalf, int[] words, int own, int shared, int shift) {
        if (inHalf < 5) {
            return words[own] >>> 3 * inHalf & 0x7_0007;
        }
        int rest = words[shared] >>> shift;
        if (inHalf < 7) {
            return rest >>> 3 * (inHalf - 5) & 0x7_0007;
        }
        return words[own] >>> 15 & 0x1_0001 | (rest >>> 6 & 0x3_0003) << 1;
    }

    /** Five bits: one bit of every half word is left over, together those of the last step. */
    private static int getFive(int step, int[] words, int from, int stride) {
        if (step < STEPS - 1) {
            return words[from + step / 3 * stride] >>> 5 * (step % 3) & 0x1f_001f;
        }
        int pair = 0;
        for (int bit = 0; bit < 5; bit++) {
            pair |= (words[from + bit * stride] >>> 15 & 0x1_0001) << bit;
        }
        return pair;
    }

    /** Six bits: half a block has three words with four bits left over, which hold its last two steps. */
    private static int getSix(int step, int[] words, int from, int stride) {
        int inHalf = step % 8;
        if (inHalf < 6) {
            return words[from + inHalf / 2 * stride] >>> 6 * (inHalf % 2) & 0x3f_003f;
        }
        int low = words[from + (inHalf - 6) * stride] >>> 12 & 0xf_000f;
        int high = words[from + 2 * stride] >>> 12 + 2 * (inHalf - 6) & 0x3_0003;
        return low | high << 4;
    }
}
