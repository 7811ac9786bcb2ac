package io.github.hanllama.tokenizer;

/** Takes the pieces of a text one by one, as ranges, so that splitting copies nothing. */
interface Pieces {
    /**
     * A piece that is not empty.
     *
     * @param atStart whether it begins where the whole text begins
     */
    void piece(String text, int from, int to, boolean atStart);
}
