package io.github.hanllama.tokenizer;

import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tokens that are found before a text is split and merged, and the normalizing that stands between. Immutable. */
final class AddedTokens {
    private final List<AddedToken> tokens;
    private final BitSet ids = new BitSet();
    private final BitSet special = new BitSet();
    private final TextNormalizer normalizer;
    private final AddedTokenSplitter asWritten;
    private final AddedTokenSplitter normalized;

    AddedTokens(Collection<AddedToken> tokens, TextNormalizer normalizer) {
        this.tokens = List.copyOf(tokens);
        this.normalizer = normalizer;
        tokens.forEach(token -> ids.set(token.id()));
        tokens.stream().filter(AddedToken::special).forEach(token -> special.set(token.id()));
        asWritten = new AddedTokenSplitter(
                tokens.stream().filter(token -> !token.normalized()).toList());
        normalized = new AddedTokenSplitter(
                tokens.stream().filter(AddedToken::normalized).toList(), normalizer::normalize);
    }

    List<AddedToken> tokens() {
        return tokens;
    }

    boolean isSpecial(int id) {
        return special.get(id);
    }

    boolean contains(int id) {
        return ids.get(id);
    }

    /** Whether texts are searched as they are written. */
    boolean takesTextAsItIs() {
        return normalizer == TextNormalizer.NONE;
    }

    /** The special ones by text. */
    Map<String, Integer> specialByText() {
        Map<String, Integer> byText = new HashMap<>();
        tokens.stream().filter(AddedToken::special).forEach(token -> byText.put(token.content(), token.id()));
        return byText;
    }

    /** Puts the ids of tokens out and hands the normalized text between them on. */
    void split(String text, boolean atStart, boolean parseSpecial, Ids out, Pieces next) {
        AddedTokenSplitter.Parts inner = out.parts(next);
        asWritten.split(text, atStart, parseSpecial, out.parts((between, from, to, first) -> {
            String rewritten = normalizer.normalize(between.substring(from, to));
            normalized.split(rewritten, first, parseSpecial, inner);
        }));
    }
}
