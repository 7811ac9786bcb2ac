package io.github.hanllama.core.checkpoint;

/** What rows of embedding and head start from that a larger vocabulary adds. */
public sealed interface NewRows {
    /** The mean of the rows that are there, of each matrix its own: what the model takes for an average token. */
    record Mean() implements NewRows {}

    /** Zeros: before training, the new tokens say nothing and are as likely as a logit of 0 makes them. */
    record Zero() implements NewRows {}

    /**
     * Normally distributed numbers around 0; the same for the same seed, matrix and row, on every machine.
     *
     * @param deviation the standard deviation; LLaMA's configurations say 0.02
     */
    record Normal(long seed, double deviation) implements NewRows {
        public Normal {
            if (!(deviation > 0) || deviation > 1e3) {
                throw new IllegalArgumentException("deviation must be in (0, 1000], was " + deviation);
            }
        }
    }
}
