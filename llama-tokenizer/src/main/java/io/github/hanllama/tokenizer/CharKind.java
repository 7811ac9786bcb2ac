package io.github.hanllama.tokenizer;

/** The classes of characters that split patterns tell apart: {@code \p{L}}, {@code \p{N}}, {@code \s} and the rest. */
final class CharKind {
    static final byte OTHER = 0;
    static final byte LETTER = 1;
    static final byte NUMBER = 2;
    static final byte SPACE = 3;

    private static final byte[] OF_BMP = new byte[1 << 16];

    static {
        for (int c = 0; c < OF_BMP.length; c++) {
            OF_BMP[c] = classify(c);
        }
    }

    private CharKind() {}

    static byte of(int codePoint) {
        return codePoint < OF_BMP.length ? OF_BMP[codePoint] : classify(codePoint);
    }

    /** The end of the run of one kind that begins at {@code from}. */
    static int endOfRun(byte kind, String text, int from, int to) {
        int end = from;
        while (end < to) {
            int codePoint = text.codePointAt(end);
            if (of(codePoint) != kind) {
                break;
            }
            end += Character.charCount(codePoint);
        }
        return end;
    }

    /** {@code \w} as Rust's regular expressions define it. */
    static boolean isWord(int codePoint) {
        int type = Character.getType(codePoint);
        return Character.isAlphabetic(codePoint)
                || type == Character.DECIMAL_DIGIT_NUMBER
                || type == Character.CONNECTOR_PUNCTUATION
                || type == Character.NON_SPACING_MARK
                || type == Character.COMBINING_SPACING_MARK
                || type == Character.ENCLOSING_MARK
                || codePoint == 0x200C
                || codePoint == 0x200D;
    }

    private static byte classify(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER -> LETTER;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> NUMBER;
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> SPACE;
            default -> codePoint >= '\t' && codePoint <= '\r' || codePoint == 0x85 ? SPACE : OTHER;
        };
    }
}
