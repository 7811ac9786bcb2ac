package io.github.hanllama.core.engine;

/** What is wanted at a position. */
public enum Output {
    NONE,
    /** One logit per id of the row's vocabulary. */
    LOGITS,
    /** The hidden state after the final norm, {@code hiddenSize} wide. */
    HIDDEN
}
