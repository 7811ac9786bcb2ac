package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.engine.RotaryEmbedding;
import java.util.Map;
import java.util.Optional;

/** What an attached adapter does to each tensor, in an engine's own form. */
final class PreparedAdapter<M> {
    private final Map<String, MatrixChange<M>> matrices;
    private final Map<String, VectorChange> vectors;
    private final AdapterStore<M> store;
    private final int vocabularySize;
    private final Optional<RotaryEmbedding> rotary;

    PreparedAdapter(
            AdapterChain chain,
            Map<String, MatrixChange<M>> matrices,
            Map<String, VectorChange> vectors,
            AdapterStore<M> store) {
        this.matrices = Map.copyOf(matrices);
        this.vectors = Map.copyOf(vectors);
        this.store = store;
        this.vocabularySize = chain.config().vocabSize();
        this.rotary = chain.changesRotation() ? Optional.of(RotaryEmbedding.of(chain.config())) : Optional.empty();
    }

    Optional<MatrixChange<M>> matrix(String name) {
        return Optional.ofNullable(matrices.get(name));
    }

    Map<String, MatrixChange<M>> matrices() {
        return matrices;
    }

    Optional<VectorChange> vector(String name) {
        return Optional.ofNullable(vectors.get(name));
    }

    int vocabularySize() {
        return vocabularySize;
    }

    Optional<RotaryEmbedding> rotary() {
        return rotary;
    }

    long bytes() {
        return store.bytes();
    }

    void free() {
        store.free();
    }
}
