package io.github.hanllama.tokenizer;

/**
 * Decodes UTF-8 byte by byte. Each maximal part of a broken sequence becomes one U+FFFD, as the WHATWG Encoding Standard
 * says and Python and Rust do; {@code new String(bytes, UTF_8)} differs for encoded surrogates.
 */
final class LossyUtf8 {
    private static final char REPLACEMENT = '\uFFFD';

    private int missing;
    private int codePoint;
    private int lower = 0x80;
    private int upper = 0xBF;

    void accept(byte value, StringBuilder out) {
        int unsigned = value & 0xFF;
        if (missing > 0 && (unsigned < lower || unsigned > upper)) {
            finish(out);
        }
        if (missing == 0) {
            lead(unsigned, out);
        } else {
            continuation(unsigned, out);
        }
    }

    /** Gives out U+FFFD for a sequence that stayed incomplete. */
    void finish(StringBuilder out) {
        if (missing > 0) {
            out.append(REPLACEMENT);
            expect(0, 0);
        }
    }

    private void lead(int unsigned, StringBuilder out) {
        if (unsigned < 0x80) {
            out.append((char) unsigned);
        } else if (unsigned >= 0xC2 && unsigned <= 0xDF) {
            expect(1, unsigned & 0x1F);
        } else if (unsigned >= 0xE0 && unsigned <= 0xEF) {
            expect(2, unsigned & 0x0F);
            lower = unsigned == 0xE0 ? 0xA0 : 0x80; // no overlong form
            upper = unsigned == 0xED ? 0x9F : 0xBF; // no surrogate
        } else if (unsigned >= 0xF0 && unsigned <= 0xF4) {
            expect(3, unsigned & 0x07);
            lower = unsigned == 0xF0 ? 0x90 : 0x80; // no overlong form
            upper = unsigned == 0xF4 ? 0x8F : 0xBF; // not above U+10FFFF
        } else {
            out.append(REPLACEMENT);
        }
    }

    private void continuation(int unsigned, StringBuilder out) {
        int soFar = codePoint << 6 | unsigned & 0x3F;
        if (missing == 1) {
            out.appendCodePoint(soFar);
        }
        expect(missing - 1, soFar);
    }

    private void expect(int bytes, int soFar) {
        missing = bytes;
        codePoint = soFar;
        lower = 0x80;
        upper = 0xBF;
    }
}
