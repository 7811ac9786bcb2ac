package io.github.hanllama.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * GPT-2's spelling of bytes as printable characters: byte-level vocabularies store {@code " the"} as {@code "Ġthe"}.
 * Printable Latin-1 bytes stand for themselves, the other 68 are shifted to U+0100 and up, in order.
 */
final class ByteLevelAlphabet {
    private static final char[] CHAR_OF_BYTE = new char[256];
    private static final short[] BYTE_OF_CHAR = new short[256 + 68];

    static {
        Arrays.fill(BYTE_OF_CHAR, (short) -1);
        char next = 256;
        for (int value = 0; value < 256; value++) {
            CHAR_OF_BYTE[value] = isPrintable(value) ? (char) value : next++;
            BYTE_OF_CHAR[CHAR_OF_BYTE[value]] = (short) value;
        }
    }

    private ByteLevelAlphabet() {}

    private static boolean isPrintable(int value) {
        return value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xAC || value >= 0xAE;
    }

    static char charOf(int unsignedByte) {
        return CHAR_OF_BYTE[unsignedByte];
    }

    /** The bytes spelled in this alphabet. */
    static String spell(byte[] bytes) {
        char[] chars = new char[bytes.length];
        for (int i = 0; i < chars.length; i++) {
            chars[i] = CHAR_OF_BYTE[bytes[i] & 0xFF];
        }
        return new String(chars);
    }

    /** The bytes that a piece spells, or null when a character is not of this alphabet. */
    static byte @Nullable [] read(String piece) {
        byte[] bytes = new byte[piece.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = piece.charAt(i);
            if (c >= BYTE_OF_CHAR.length || BYTE_OF_CHAR[c] < 0) {
                return null;
            }
            bytes[i] = (byte) BYTE_OF_CHAR[c];
        }
        return bytes;
    }
}
