package io.github.hanllama.core.chat;

/** Who says something in a conversation. */
public enum Role {
    /** Whoever tells the assistant how to behave; at the very beginning. */
    SYSTEM,
    /** The one who asks. */
    USER,
    /** The model. */
    ASSISTANT
}
