package io.github.hanllama.tokenizer;

/** Rewrites a text before it is split. Immutable. */
interface TextNormalizer {
    /** Changes nothing. */
    TextNormalizer NONE = text -> text;

    String normalize(String text);

    /** First this, then the other. */
    default TextNormalizer then(TextNormalizer other) {
        return text -> other.normalize(normalize(text));
    }
}
