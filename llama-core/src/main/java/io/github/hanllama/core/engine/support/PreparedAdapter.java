package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.engine.RotaryEmbedding;
import java.util.Map;
import java.util.Optional;

/** An attached adapter and the memory it takes. */
final class PreparedAdapter<M> {
    private final AdapterChanges<M> changes;
    private final AdapterStore<M> store;
    private final int vocabularySize;

    PreparedAdapter(
            AdapterChain chain,
            Map<String, MatrixChange<M>> matrices,
            Map<String, VectorChange> vectors,
            AdapterStore<M> store) {
        this.changes = new AdapterChanges<>(
                matrices,
                vectors,
                chain.changesRotation() ? Optional.of(RotaryEmbedding.of(chain.config())) : Optional.empty());
        this.store = store;
        this.vocabularySize = chain.config().vocabSize();
    }

    AdapterChanges<M> changes() {
        return changes;
    }

    int vocabularySize() {
        return vocabularySize;
    }

    long bytes() {
        return store.bytes();
    }

    void free() {
        store.free();
    }
}
