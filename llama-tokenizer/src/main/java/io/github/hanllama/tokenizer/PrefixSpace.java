package io.github.hanllama.tokenizer;

/** Puts a space before each part that does not begin with one. */
record PrefixSpace() implements PreTokenizer {
    @Override
    public Pieces before(Pieces next) {
        return (text, from, to, atStart) -> {
            if (text.charAt(from) == ' ') {
                next.piece(text, from, to, atStart);
            } else {
                next.piece(" " + text.substring(from, to), 0, to - from + 1, atStart);
            }
        };
    }
}
