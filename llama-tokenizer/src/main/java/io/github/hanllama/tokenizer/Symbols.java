package io.github.hanllama.tokenizer;

/** What the merges of a vocabulary start from: bytes or characters. Immutable. */
interface Symbols {
    /** Adds the symbols of a word, given as valid UTF-8, and merges them; in parts where nothing can merge between. */
    void encode(byte[] utf8, int length, BpeMerger merger, Ids out);
}
