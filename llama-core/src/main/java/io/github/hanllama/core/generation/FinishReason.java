package io.github.hanllama.core.generation;

/** Why a text ended. */
public enum FinishReason {
    /** The model ended it. */
    EOS,
    /** A stop sequence was written; it is not part of the text. */
    STOP,
    /** As many tokens as were asked for, or the context is full. */
    LENGTH,
    /** Somebody cancelled it, closed the stream or closed the generator. */
    CANCELLED,
    /** Its time was over. */
    DEADLINE
}
