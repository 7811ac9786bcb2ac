package io.github.hanllama.tokenizer;

/** Splits a text into words that are encoded one by one; nothing is ever merged across their borders. Immutable. */
interface PreTokenizer {
    /** Leaves the text in one piece. */
    PreTokenizer NONE = next -> next;

    /** Takes text, splits it and hands the parts on. */
    Pieces before(Pieces next);

    /** First this, then the other within each part. */
    default PreTokenizer then(PreTokenizer other) {
        return this == NONE ? other : other == NONE ? this : next -> before(other.before(next));
    }
}
