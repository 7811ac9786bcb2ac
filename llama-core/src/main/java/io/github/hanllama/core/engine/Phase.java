package io.github.hanllama.core.engine;

/** Which class of arithmetic a row runs in. It depends on what the tokens are, never on how many run together. */
public enum Phase {
    /** Tokens of the prompt, in chunks of any size. */
    PROMPT,
    /** Tokens that were generated, or are proposed and verified. */
    GENERATED
}
