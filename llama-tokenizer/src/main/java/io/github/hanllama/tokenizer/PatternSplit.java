package io.github.hanllama.tokenizer;

/**
 * Splits at the matches of a pattern.
 *
 * @param invert matches count as text and the text between them as matches
 */
record PatternSplit(WordScanner pattern, SplitBehavior behavior, boolean invert) implements PreTokenizer {
    /** For patterns that match everything: each match is a piece. */
    static PatternSplit isolated(WordScanner pattern) {
        return new PatternSplit(pattern, SplitBehavior.ISOLATED, false);
    }

    @Override
    public Pieces before(Pieces next) {
        return (text, from, to, atStart) -> {
            int piece = from;
            boolean pieceMatches = false; // its last part
            for (int part = from, end; part < to; part = end) {
                end = pattern.end(text, part, to);
                boolean matches = end > part != invert;
                end = end > part ? end : nextMatch(text, part, to);
                if (part > piece && !behavior.joins(pieceMatches, matches)) {
                    emit(next, text, piece, part, pieceMatches, atStart && piece == from);
                    piece = part;
                }
                pieceMatches = matches;
            }
            emit(next, text, piece, to, pieceMatches, atStart && piece == from);
        };
    }

    private void emit(Pieces next, String text, int from, int to, boolean matches, boolean atStart) {
        if (behavior != SplitBehavior.REMOVED || !matches) {
            next.piece(text, from, to, atStart);
        }
    }

    private int nextMatch(String text, int from, int to) {
        int at = from;
        do {
            at += Character.charCount(text.codePointAt(at));
        } while (at < to && pattern.end(text, at, to) == at);
        return at;
    }
}
