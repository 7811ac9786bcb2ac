package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.RotaryEmbedding;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A model's weights as a row with adapters sees them. For every tensor it answers with what is to be computed instead of
 * the base; the product with a matrix is {@code rowScale * (matrix @ x)} plus every pair plus the bias.
 *
 * <p>Rows of one pass with the same adapters share one of these. Immutable.
 *
 * @param <M> how the engine keeps a matrix
 */
public final class RowWeights<M> {
    private final List<Part<M>> parts;
    private final int vocabularySize;

    private RowWeights(List<Part<M>> parts, int vocabularySize) {
        this.parts = parts;
        this.vocabularySize = vocabularySize;
    }

    /** An adapter and how much of it. */
    record Part<M>(EngineAdapter<?> adapter, AdapterChanges<M> changes, float weight) {
        static <M> Part<M> of(EngineAdapter<M> adapter, float weight) {
            return new Part<>(adapter, adapter.prepared().changes(), weight);
        }
    }

    /** The same with matrices as another engine keeps them. */
    public <N> RowWeights<N> map(Function<M, N> matrix) {
        return new RowWeights<>(
                parts.stream()
                        .map(part -> new Part<>(part.adapter, part.changes.map(matrix), part.weight))
                        .toList(),
                vocabularySize);
    }

    /** @throws IllegalArgumentException when they cannot be used together */
    static <M> RowWeights<M> of(LlamaConfig config, List<Part<M>> parts) {
        List<Part<M>> replacing =
                parts.stream().filter(part -> part.adapter.replacing()).toList();
        if (replacing.size() > 1) {
            throw new IllegalArgumentException("a row can use one adapter that replaces tensors, found "
                    + replacing.stream().map(part -> part.adapter.origin()).toList()
                    + "; attach them as a chain, in order");
        }
        int vocabularySize = replacing.isEmpty()
                ? config.vocabSize()
                : replacing.getFirst().adapter.vocabularySize();
        requireDistinct(parts);
        RowWeights<M> weights = new RowWeights<>(List.copyOf(parts), vocabularySize);
        replacing.forEach(
                whole -> parts.stream().filter(part -> part != whole).forEach(part -> requireCompatible(whole, part)));
        return weights;
    }

    private static <M> void requireDistinct(List<Part<M>> parts) {
        Set<EngineAdapter<?>> seen = new HashSet<>();
        for (Part<M> part : parts) {
            if (!seen.add(part.adapter)) {
                throw new IllegalArgumentException(
                        "the adapter " + part.adapter.origin() + " occurs twice in one row; add its weights");
            }
        }
    }

    /** Pairs add to whatever is there, if it has as many rows; DoRA was measured on the base's own rows. */
    private static <M> void requireCompatible(Part<M> whole, Part<M> part) {
        part.changes.matrices().forEach((name, change) -> {
            boolean replaced = whole.changes
                    .matrix(name)
                    .flatMap(MatrixChange::replacement)
                    .isPresent();
            boolean grown = isVocabulary(name) && whole.adapter.vocabularySize() != part.adapter.vocabularySize();
            if (replaced && (grown || change.rowScale().length > 0)) {
                throw new IllegalArgumentException(part.adapter.origin() + " cannot be used with "
                        + whole.adapter.origin() + ", which replaces " + name
                        + "; attach the two as a chain, in order");
            }
        });
    }

    private static boolean isVocabulary(String name) {
        return name.equals(TensorNames.EMBED_TOKENS) || name.equals(TensorNames.LM_HEAD);
    }

    /** Whether anything differs from the base. */
    public boolean adapted() {
        return !parts.isEmpty();
    }

    /** How many ids, and how many logits. */
    public int vocabularySize() {
        return vocabularySize;
    }

    public RotaryEmbedding rotary(RotaryEmbedding base) {
        for (Part<M> part : parts) {
            Optional<RotaryEmbedding> own = part.changes.rotary();
            if (own.isPresent()) {
                return own.get();
            }
        }
        return base;
    }

    /** Whether products with the matrix of this name differ from the base's. */
    public boolean changes(String name) {
        return parts.stream().anyMatch(part -> part.changes.matrix(name).isPresent());
    }

    /** The base's matrix, or the one that takes its place. */
    public M matrix(String name, M base) {
        for (Part<M> part : parts) {
            Optional<M> own = part.changes.matrix(name).flatMap(MatrixChange::replacement);
            if (own.isPresent()) {
                return own.get();
            }
        }
        return base;
    }

    /** Factors for the rows of {@link #matrix}, or of length 0 where there are none. */
    public float[] rowScale(String name) {
        float[] scale = RowScale.ONES;
        for (Part<M> part : parts) {
            float[] own = part.changes.matrix(name).map(MatrixChange::rowScale).orElse(RowScale.ONES);
            scale = RowScale.blend(scale, part.weight, own);
        }
        return scale;
    }

    /** What is added to products with the matrix, in this order. */
    public List<LowRank<M>> pairs(String name) {
        List<LowRank<M>> pairs = new ArrayList<>();
        for (Part<M> part : parts) {
            part.changes.matrix(name).ifPresent(change -> change.pairs()
                    .forEach(pair -> pairs.add(pair.times(part.weight))));
        }
        return pairs;
    }

    /** A norm or a bias. */
    public float[] vector(String name, float[] base) {
        float[] vector = base;
        for (Part<M> part : parts) { // what takes its place comes before what is added to it
            Optional<VectorChange> change = part.changes.vector(name).filter(VectorChange::replaces);
            vector = change.isPresent() ? change.get().applyTo(vector, 1) : vector;
        }
        for (Part<M> part : parts) {
            Optional<VectorChange> change = part.changes.vector(name).filter(sum -> !sum.replaces());
            vector = change.isPresent() ? change.get().applyTo(vector, part.weight) : vector;
        }
        return vector;
    }

    /** A norm of a layer. */
    public float[] vector(int layer, TensorNames.Module module, float[] base) {
        return adapted() ? vector(TensorNames.weight(layer, module), base) : base;
    }
}
