package io.github.hanllama.quant;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** What blocks are made of: scales in f16, levels of a few bits, and the two ways their formats round. */
final class BlockBytes {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    /** 1.5 times 2^23: added to a small float it leaves the nearest integer in the lowest bits. */
    private static final float TO_MANTISSA = 0x1.8p23f;

    private static final int MANTISSA = 0x7f_ffff;
    private static final int MANTISSA_ZERO = 0x40_0000;

    private BlockBytes() {}

    static float half(byte[] block, int at) {
        return Float.float16ToFloat((short) SHORT.get(block, at));
    }

    /** The f16 itself. */
    static short bits(byte[] block, int at) {
        return (short) SHORT.get(block, at);
    }

    static void putHalf(byte[] block, int at, float value) {
        SHORT.set(block, at, Float.floatToFloat16(value));
    }

    /** The nearest integer, ties to even; beyond 2^22 only its lowest bits, as the reference has it. */
    static int nearestEven(float value) {
        return (Float.floatToRawIntBits(value + TO_MANTISSA) & MANTISSA) - MANTISSA_ZERO;
    }

    /** The nearest integer, ties away from zero: C's {@code roundf}, without branches, below 2^30. */
    static int nearestAway(float value) {
        int twice = (int) (2 * value);
        int further = twice + (twice >> 31 | 1);
        return (further + (further >>> 31)) >> 1;
    }

    /** The first of the numbers whose magnitude is the largest. */
    static float extreme(float[] x, int at, int size) {
        float extreme = 0;
        float magnitude = 0;
        for (int i = at; i < at + size; i++) {
            if (Math.abs(x[i]) > magnitude) {
                magnitude = Math.abs(x[i]);
                extreme = x[i];
            }
        }
        return extreme;
    }

    /** 32 levels of 4 bits: the first 16 in the low halves of 16 bytes, the others in the high halves. */
    static void putNibbles(int[] levels, byte[] block, int at) {
        for (int i = 0; i < 16; i++) {
            block[at + i] = (byte) (levels[i] & 15 | levels[i + 16] << 4);
        }
    }

    /** The fifth bits of 32 levels, as a little-endian integer. */
    static void putFifthBits(int[] levels, byte[] block, int at) {
        int bits = 0;
        for (int i = 0; i < 32; i++) {
            bits |= (levels[i] >> 4 & 1) << i;
        }
        INT.set(block, at, bits);
    }

    static int fifthBits(byte[] block, int at) {
        return word(block, at);
    }

    /** Four bytes, the first lowest. */
    static int word(byte[] block, int at) {
        return (int) INT.get(block, at);
    }

    /** Eight bytes, the first lowest. */
    static long twoWords(byte[] block, int at) {
        return (long) LONG.get(block, at);
    }

    static void putWord(byte[] block, int at, int word) {
        INT.set(block, at, word);
    }

    static void putTwoWords(byte[] block, int at, long words) {
        LONG.set(block, at, words);
    }

    /** 256 levels of 2 bits: in each half of the block four runs of 32 share 32 bytes, the first in the lowest bits. */
    static void putPairsOfBits(int[] levels, int shift, byte[] block, int at) {
        for (int half = 0; half < 2; half++) {
            int first = half * 128;
            for (int i = first; i < first + 32; i++) {
                int bits = levels[i] >> shift & 3
                        | (levels[i + 32] >> shift & 3) << 2
                        | (levels[i + 64] >> shift & 3) << 4
                        | (levels[i + 96] >> shift & 3) << 6;
                block[at + half * 32 + i - first] = (byte) bits;
            }
        }
    }

    /** Where the pair of a level is, from the first byte of all pairs. */
    static int pairsByte(int level) {
        return level / 128 * 32 + level % 32;
    }

    static int pairsShift(int level) {
        return level % 128 / 32 * 2;
    }
}
