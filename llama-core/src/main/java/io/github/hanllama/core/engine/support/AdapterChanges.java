package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.engine.RotaryEmbedding;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What an attached adapter does to each tensor, in an engine's own form. */
final class AdapterChanges<M> {
    private final Map<String, MatrixChange<M>> matrices;
    private final Map<String, VectorChange> vectors;
    private final Optional<RotaryEmbedding> rotary;

    AdapterChanges(
            Map<String, MatrixChange<M>> matrices,
            Map<String, VectorChange> vectors,
            Optional<RotaryEmbedding> rotary) {
        this.matrices = Map.copyOf(matrices);
        this.vectors = Map.copyOf(vectors);
        this.rotary = rotary;
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

    Optional<RotaryEmbedding> rotary() {
        return rotary;
    }

    /** The same with matrices as another engine keeps them. */
    <N> AdapterChanges<N> map(Function<M, N> matrix) {
        return new AdapterChanges<>(
                matrices.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue()
                        .map(matrix))),
                vectors,
                rotary);
    }
}
