package io.github.hanllama.tokenizer;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The {@code added_tokens} of a {@code tokenizer.json}, and what {@code tokenizer_config.json} adds to them. */
final class HfAddedTokens {
    private static final int MAX_CHARS = 1 << 10;
    private static final int MAX_CHARS_TOGETHER = 1 << 20;

    private final Map<String, AddedToken> byText = new LinkedHashMap<>();
    private final Map<Integer, AddedToken> byId = new HashMap<>();
    private int chars;

    private HfAddedTokens() {}

    static List<AddedToken> of(HfNode file, Vocabulary model, TokenizerConfig config) {
        HfAddedTokens added = new HfAddedTokens();
        file.find("added_tokens").map(HfNode::items).orElse(List.of()).forEach(added::read);
        config.addedTokens().forEach(token -> added.declare(token, model));
        Set<String> special = new HashSet<>(config.declaredSpecial());
        return added.byText.values().stream()
                .map(token -> special.contains(token.content()) ? token.asSpecial() : token)
                .toList();
    }

    private void read(HfNode node) {
        node.only("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
        String content = node.string("content");
        if (content.isEmpty() || content.length() > MAX_CHARS || !WellFormed.test(content)) {
            throw node.get("content")
                    .refuse("expected 1 to " + MAX_CHARS + " characters of well-formed text, found "
                            + content.length());
        }
        boolean special = node.flag("special", false);
        add(
                node,
                new AddedToken(
                        content,
                        node.count("id"),
                        special,
                        node.flag("lstrip", false),
                        node.flag("rstrip", false),
                        node.flag("single_word", false),
                        node.flag("normalized", !special)));
    }

    private void add(HfNode where, AddedToken token) {
        if (byText.containsKey(token.content())) {
            throw where.refuse("'" + Text.shorten(token.content()) + "' is there twice");
        }
        AddedToken other = byId.putIfAbsent(token.id(), token);
        if (other != null) {
            throw where.refuse("id " + token.id() + " is given to '" + Text.shorten(other.content()) + "' and to '"
                    + Text.shorten(token.content()) + "'");
        }
        byText.put(token.content(), token);
        chars += token.content().length();
        if (chars > MAX_CHARS_TOGETHER) {
            throw where.refuse(
                    "expected at most " + MAX_CHARS_TOGETHER + " characters in all added tokens, found more");
        }
    }

    /** A token of the configuration: one that is there already must have the same id. */
    private void declare(AddedToken token, Vocabulary model) {
        AddedToken known = byText.get(token.content());
        int id = known == null ? model.id(token.content()).orElse(token.id()) : known.id();
        HfNode where = new HfNode("tokenizer_config.json: added_tokens_decoder", token.content());
        if (id != token.id()) {
            throw where.refuse("'" + Text.shorten(token.content()) + "' has id " + token.id()
                    + ", in tokenizer.json it has " + id);
        }
        if (known == null) {
            add(where, token);
        } else if (token.special()) {
            byText.put(token.content(), known.asSpecial());
        }
    }
}
