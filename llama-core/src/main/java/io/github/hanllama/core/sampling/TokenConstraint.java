package io.github.hanllama.core.sampling;

/**
 * Decides which ids may come next, before any {@link Sampler} sees the logits: a grammar, a list of allowed words. Holds
 * one sequence's state and belongs to one thread; it reads what an id adds to the text through {@code
 * Tokenizer.bytes(id)}.
 */
public interface TokenConstraint {
    /** Sets the logit of every id that must not come next to negative infinity. */
    void mask(float[] logits);

    /** Records an id that was taken. */
    void accept(int id);

    /** Remembers the state, as {@link Sampler#mark()}. */
    long mark();

    /** Returns to a marked state, as {@link Sampler#rollback(long)}. */
    void rollback(long mark);
}
