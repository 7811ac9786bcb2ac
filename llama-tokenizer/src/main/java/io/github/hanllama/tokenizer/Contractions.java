package io.github.hanllama.tokenizer;

/** The English endings {@code 's 't 're 've 'm 'll 'd}, which split patterns keep apart. */
final class Contractions {
    private Contractions() {}

    /** The end of the contraction at {@code from}, or {@code from} when there is none. */
    static int end(String text, int from, int to) {
        return text.charAt(from) == '\'' && from + 1 < to
                ? from + length(text.charAt(from + 1), from + 2 < to ? text.charAt(from + 2) : 0)
                : from;
    }

    /** The same in upper, lower or mixed case. */
    static int endIgnoringCase(String text, int from, int to) {
        return text.charAt(from) == '\'' && from + 1 < to
                ? from + length(fold(text.charAt(from + 1)), from + 2 < to ? fold(text.charAt(from + 2)) : 0)
                : from;
    }

    private static int length(char first, char second) {
        return switch (first) {
            case 's', 't', 'm', 'd' -> 2;
            case 'r', 'v' -> second == 'e' ? 3 : 0;
            case 'l' -> second == 'l' ? 3 : 0;
            default -> 0;
        };
    }

    /** Unicode case folding as far as these letters go: the long s is an s. */
    private static char fold(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c == 'ſ' ? 's' : c;
    }
}
