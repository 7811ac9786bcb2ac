package io.github.hanllama.tokenizer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Finds added tokens in a text: the leftmost, of those the longest. What lies between them is handed on. A token that is
 * found but may not be used (special, not a single word) stays text, and nothing else is looked for inside it; these are
 * the rules of Hugging Face's tokenizers.
 */
final class AddedTokenSplitter {
    private static final int ROOT = 0;
    private static final long NONE = -1;

    private final IntPairMap children = new IntPairMap(); // (node, char) -> node
    private final List<Integer> tokenOfNode = new ArrayList<>(List.of(-1));
    private final List<AddedToken> tokens;
    private final boolean onlySpecial;

    /** @param spelling how a token's content looks in the texts that are searched */
    AddedTokenSplitter(Collection<AddedToken> tokens, UnaryOperator<String> spelling) {
        this.tokens = List.copyOf(tokens);
        this.onlySpecial = tokens.stream().allMatch(AddedToken::special);
        for (int i = 0; i < this.tokens.size(); i++) {
            tokenOfNode.set(node(spelling.apply(this.tokens.get(i).content())), i);
        }
    }

    private int node(String path) {
        int node = ROOT;
        for (int i = 0; i < path.length(); i++) {
            int child = children.get(node, path.charAt(i));
            if (child == IntPairMap.ABSENT) {
                child = newNode();
                children.put(node, path.charAt(i), child);
            }
            node = child;
        }
        return node;
    }

    private int newNode() {
        if (tokenOfNode.size() == IntPairMap.MAX_KEY) {
            throw new TokenizerException(
                    "expected added tokens of fewer than " + IntPairMap.MAX_KEY + " characters together, found more");
        }
        tokenOfNode.add(-1);
        return tokenOfNode.size() - 1;
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
            long match = longestMatch(text, at);
            if (match == NONE) {
                at++;
                continue;
            }
            int end = (int) match;
            AddedToken token = tokens.get((int) (match >>> 32));
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

    /** {@code index of the token << 32 | end}. */
    private long longestMatch(String text, int from) {
        long match = NONE;
        int node = ROOT;
        for (int end = from; end < text.length(); ) {
            node = children.get(node, text.charAt(end++));
            if (node == IntPairMap.ABSENT) {
                break;
            }
            int token = tokenOfNode.get(node);
            match = token < 0 ? match : (long) token << 32 | end;
        }
        return match;
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
