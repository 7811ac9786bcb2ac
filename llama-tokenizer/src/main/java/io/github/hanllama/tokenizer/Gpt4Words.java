package io.github.hanllama.tokenizer;

/**
 * The split pattern of GPT-4, Llama 3 (numbers of up to three digits) and Qwen 2 (single digits):
 *
 * <pre>{@code
 * (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
 * }</pre>
 *
 * @param maxDigits how many digits stay together
 */
record Gpt4Words(int maxDigits) implements WordScanner {
    @Override
    public int end(String text, int from, int to) {
        int contraction = Contractions.endIgnoringCase(text, from, to);
        if (contraction > from) {
            return contraction;
        }
        int first = text.codePointAt(from);
        int second = from + Character.charCount(first);
        byte kind = CharKind.of(first);
        if (kind == CharKind.NUMBER) {
            return endOfNumber(text, second, to);
        }
        byte following = second < to ? CharKind.of(text.codePointAt(second)) : CharKind.SPACE;
        boolean leads = following == CharKind.LETTER && first != '\r' && first != '\n';
        if (kind == CharKind.LETTER || leads) {
            return CharKind.endOfRun(CharKind.LETTER, text, second, to);
        }
        if (kind == CharKind.OTHER || first == ' ' && following == CharKind.OTHER) {
            return endOfNewlines(text, CharKind.endOfRun(CharKind.OTHER, text, second, to), to);
        }
        return endOfSpaces(text, from, to);
    }

    private int endOfNumber(String text, int second, int to) {
        int end = second;
        for (int digits = 1; digits < maxDigits && end < to; digits++) {
            int codePoint = text.codePointAt(end);
            if (CharKind.of(codePoint) != CharKind.NUMBER) {
                break;
            }
            end += Character.charCount(codePoint);
        }
        return end;
    }

    private static int endOfNewlines(String text, int from, int to) {
        int end = from;
        while (end < to && isNewline(text.charAt(end))) {
            end++;
        }
        return end;
    }

    /** Up to the last newline of the run; without one, up to the space that belongs to the next word. */
    private static int endOfSpaces(String text, int from, int to) {
        int end = CharKind.endOfRun(CharKind.SPACE, text, from, to);
        for (int i = end; i > from; i--) {
            if (isNewline(text.charAt(i - 1))) {
                return i;
            }
        }
        return end == to || end == from + 1 ? end : end - 1;
    }

    private static boolean isNewline(char c) {
        return c == '\n' || c == '\r';
    }
}
