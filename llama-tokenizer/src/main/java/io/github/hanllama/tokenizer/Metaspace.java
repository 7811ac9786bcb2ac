package io.github.hanllama.tokenizer;

/**
 * Writes spaces as a visible mark, as SentencePiece does.
 *
 * @param prepend where a mark is put before a part that does not begin with one
 * @param split begin a new piece at each mark
 */
record Metaspace(char mark, Prepend prepend, boolean split) implements PreTokenizer {
    /** Before every part, only at the start of the text, or nowhere. */
    enum Prepend {
        ALWAYS,
        FIRST,
        NEVER
    }

    @Override
    public Pieces before(Pieces next) {
        Pieces words = split
                ? new PatternSplit(WordScanner.literal(String.valueOf(mark)), SplitBehavior.MERGED_WITH_NEXT, false)
                        .before(next)
                : next;
        return (text, from, to, atStart) -> {
            String marked = text.substring(from, to).replace(' ', mark);
            String whole = prepends(atStart) && marked.charAt(0) != mark ? mark + marked : marked;
            words.piece(whole, 0, whole.length(), atStart);
        };
    }

    private boolean prepends(boolean atStart) {
        return prepend == Prepend.ALWAYS || prepend == Prepend.FIRST && atStart;
    }
}
