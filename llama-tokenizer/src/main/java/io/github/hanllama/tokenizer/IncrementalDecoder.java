package io.github.hanllama.tokenizer;

/**
 * Decodes ids as they arrive and never gives out half a character: bytes of an unfinished UTF-8 sequence are held back
 * until it is complete or known to be broken. All parts together equal {@link Tokenizer#decode}. Belongs to one thread.
 */
public interface IncrementalDecoder {
    /** The text that became certain with this id; often empty in the middle of a character. */
    String accept(int id);

    /** The rest: U+FFFD for what stayed incomplete. The decoder is then ready for a new text. */
    String finish();
}
