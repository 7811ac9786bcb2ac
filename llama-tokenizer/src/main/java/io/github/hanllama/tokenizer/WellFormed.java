package io.github.hanllama.tokenizer;

/** UTF-16 without lone surrogates. */
final class WellFormed {
    private WellFormed() {}

    /** The text with U+FFFD for each lone surrogate; usually the text itself. */
    static String text(String text) {
        int lone = loneSurrogate(text, 0);
        if (lone < 0) {
            return text;
        }
        StringBuilder repaired = new StringBuilder(text);
        for (; lone >= 0; lone = loneSurrogate(text, lone + 1)) {
            repaired.setCharAt(lone, '\uFFFD');
        }
        return repaired.toString();
    }

    /** Whether there is no lone surrogate. */
    static boolean test(String text) {
        return loneSurrogate(text, 0) < 0;
    }

    private static int loneSurrogate(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (Character.charCount(text.codePointAt(i)) == 1) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }
}
