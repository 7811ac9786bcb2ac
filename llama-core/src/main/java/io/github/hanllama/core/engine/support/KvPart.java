package io.github.hanllama.core.engine.support;

/** The two halves of a cache's layer, in the order they are exchanged. */
public enum KvPart {
    KEYS,
    VALUES
}
