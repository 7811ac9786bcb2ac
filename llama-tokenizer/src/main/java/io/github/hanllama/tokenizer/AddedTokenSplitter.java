package io.github.hanllama.tokenizer;

import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Finds added tokens in a text: the leftmost, of those the longest. What lies between them is handed on. A token that is
 * found but may not be used (special, not a single word) stays text, and nothing else is looked for inside it; these are
 * the rules of Hugging Face's tokenizers.
 */
final class AddedTokenSplitter {
    private final PrefixTree contents = new PrefixTree(); // with indexes of tokens
    private final List<AddedToken> tokens;
    private final boolean onlySpecial;

    /** Finds tokens as they are written. */
    AddedTokenSplitter(Collection<AddedToken> tokens) {
        this(tokens, content -> content);
    }

    /** @param spelling how a token's content looks in the texts that are searched */
    AddedTokenSplitter(Collection<AddedToken> tokens, UnaryOperator<String> spelling) {
        this.tokens = List.copyOf(tokens);
        this.onlySpecial = tokens.stream().allMatch(AddedToken::special);
        for (int i = 0; i < this.tokens.size(); i++) {
            String spelled = spelling.apply(this.tokens.get(i).content());
            if (!spelled.isEmpty()) {
                contents.put(spelled, i);
            }
        }
    }

    /** Takes a text's tokens and the pieces between them, in order. */
    interface Parts extends Pieces {
        void token(int id);
    }

    void split(String text, boolean atStart, boolean parseSpecial, Parts parts) {
        int done = tokens.isEmpty() || onlySpecial && !parseSpecial
                ? 0
                : splitAtTokens(text, atStart, parseSpecial, parts);
        if (done < text.length()) {
            parts.piece(text, done, text.length(), atStart && done == 0);
        }
    }

    private int splitAtTokens(String text, boolean atStart, boolean parseSpecial, Parts parts) {
        int done = 0;
        int at = 0;
        while (at < text.length()) {
            long found = contents.longest(text, at);
            if (found == PrefixTree.NONE) {
                at++;
                continue;
            }
            int end = PrefixTree.end(found);
            AddedToken token = tokens.get(PrefixTree.value(found));
            if (applies(token, text, at, end, parseSpecial)) {
                int from = token.lstrip() ? startOfSpaces(text, done, at) : at;
                if (done < from) {
                    parts.piece(text, done, from, atStart && done == 0);
                }
                parts.token(token.id());
                done = token.rstrip() && done <= end
                        ? CharKind.endOfRun(CharKind.SPACE, text, end, text.length())
                        : end;
            }
            at = end;
        }
        return done;
    }

    private static boolean applies(AddedToken token, String text, int from, int to, boolean parseSpecial) {
        return (parseSpecial || !token.special())
                && (!token.singleWord()
                        || (from == 0 || !CharKind.isWord(text.codePointBefore(from)))
                                && (to == text.length() || !CharKind.isWord(text.codePointAt(to))));
    }

    /** All white space is in the basic plane. */
    private static int startOfSpaces(String text, int from, int to) {
        int start = to;
        while (start > from && CharKind.of(text.charAt(start - 1)) == CharKind.SPACE) {
            start--;
        }
        return start;
    }
}
