package io.github.hanllama.tokenizer;

import java.text.Normalizer;

/** Builds the {@code normalizer} of a {@code tokenizer.json}. Kinds it does not know are refused by name. */
final class HfNormalizers {
    private static final int MAX_GROWTH = 64;

    private int growth = 1; // how much longer the steps so far can make a text

    private HfNormalizers() {}

    static TextNormalizer of(HfNode node) {
        return new HfNormalizers().build(node);
    }

    private TextNormalizer build(HfNode node) {
        return switch (node.type()) {
            case "Sequence" ->
                node.only("normalizers").list("normalizers").stream()
                        .map(this::build)
                        .reduce(TextNormalizer.NONE, TextNormalizer::then);
            case "Prepend" -> prepend(node.only("prepend"));
            case "Replace" -> replace(node.only("pattern", "content"));
            case "Strip" -> strip(node.only("strip_left", "strip_right"));
            case "NFC" -> form(node, Normalizer.Form.NFC);
            case "NFD" -> form(node, Normalizer.Form.NFD);
            case "NFKC" -> form(node, Normalizer.Form.NFKC);
            case "NFKD" -> form(node, Normalizer.Form.NFKD);
            default ->
                throw node.refuse("normalizer " + Text.shorten(node.type())
                        + " is not supported; known are Sequence, Prepend, Replace, Strip, NFC, NFD, NFKC, NFKD");
        };
    }

    private TextNormalizer prepend(HfNode node) {
        String prefix = node.string("prepend");
        grow(node, prefix.length());
        return text -> text.isEmpty() ? text : prefix + text;
    }

    private TextNormalizer replace(HfNode node) {
        String pattern = literal(node.get("pattern"));
        String content = node.string("content");
        grow(node, (content.length() + pattern.length() - 1) / pattern.length());
        return text -> text.replace(pattern, content);
    }

    /** The text of {@code {"String": …}}. */
    static String literal(HfNode pattern) {
        if (pattern.find("Regex").isPresent()) {
            throw pattern.refuse("regular expression '" + Text.shorten(pattern.string("Regex"))
                    + "' is not supported; only fixed strings are");
        }
        String literal = pattern.only("String").string("String");
        if (literal.isEmpty()) {
            throw pattern.refuse("expected some text, found an empty string");
        }
        return literal;
    }

    private void grow(HfNode node, int factor) {
        growth *= Math.clamp(factor, 1, MAX_GROWTH + 1);
        if (growth > MAX_GROWTH) {
            throw node.refuse("makes texts more than " + MAX_GROWTH + " times longer");
        }
    }

    private static TextNormalizer strip(HfNode node) {
        boolean left = node.flag("strip_left", true);
        boolean right = node.flag("strip_right", true);
        return text -> {
            int from = left ? CharKind.endOfRun(CharKind.SPACE, text, 0, text.length()) : 0;
            int to = text.length();
            while (right && to > from && CharKind.of(text.charAt(to - 1)) == CharKind.SPACE) {
                to--;
            }
            return text.substring(from, to);
        };
    }

    private static TextNormalizer form(HfNode node, Normalizer.Form form) {
        node.only();
        return new NormalForm(form);
    }
}
