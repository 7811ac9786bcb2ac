package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.checkpoint.Tensor;

/**
 * Where an engine keeps the matrices of one adapter. Used by one thread while it is filled; base weights may be in use by
 * a pass meanwhile.
 *
 * @param <M> how this engine keeps a matrix
 */
public interface AdapterStore<M> {
    /** Copies a tensor. */
    M matrix(Tensor tensor);

    /** The model's own matrix of that name. */
    M base(String name);

    /** Reads one row as f32. */
    void readRow(M matrix, int row, float[] target, int at);

    /** Bytes of the copies. */
    long bytes();

    /** Frees the copies. Called once. */
    void free();
}
