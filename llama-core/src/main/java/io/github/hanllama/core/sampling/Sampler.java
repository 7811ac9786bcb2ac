package io.github.hanllama.core.sampling;

/**
 * Chooses the next id of one sequence. Holds that sequence's state (its random numbers, the ids it has seen) and belongs
 * to one thread.
 */
public interface Sampler {
    /**
     * Chooses an id without recording it.
     *
     * @param logits one per id; may be overwritten
     */
    int apply(float[] logits);

    /** Records the ids of the prompt; unless overridden, as if they had been taken. */
    default void acceptPrompt(int... ids) {
        for (int id : ids) {
            accept(id);
        }
    }

    /** Records an id that was taken. */
    void accept(int id);

    /** Remembers the state. Marks are numbered, may nest, and stay valid until rolled back beyond. */
    long mark();

    /**
     * Returns to a marked state, random numbers included.
     *
     * @throws IllegalArgumentException when there is no such mark
     */
    void rollback(long mark);
}
