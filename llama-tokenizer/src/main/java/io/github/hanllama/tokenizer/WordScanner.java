package io.github.hanllama.tokenizer;

/**
 * A split pattern written out by hand: what a regular expression would match, in one forward scan, so that no text can
 * make it slow.
 */
interface WordScanner {
    /** The end of the match that begins at {@code from}, or {@code from} where none begins. */
    int end(String text, int from, int to);

    /** Matches one fixed string. */
    static WordScanner literal(String literal) {
        return (text, from, to) ->
                text.startsWith(literal, from) && from + literal.length() <= to ? from + literal.length() : from;
    }
}
