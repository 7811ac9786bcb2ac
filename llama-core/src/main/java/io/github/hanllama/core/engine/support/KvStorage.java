package io.github.hanllama.core.engine.support;

/**
 * Keys and values of one sequence as an engine likes to keep them; which positions count is its cache's business. Head
 * rows go in and out as f32, {@code (to - from, headDim)} from index 0 of the array.
 */
public interface KvStorage {
    void read(int layer, KvPart part, int head, int from, int to, float[] values);

    void write(int layer, KvPart part, int head, int from, int to, float[] values);

    /** Frees the memory. Called once. */
    void free();
}
