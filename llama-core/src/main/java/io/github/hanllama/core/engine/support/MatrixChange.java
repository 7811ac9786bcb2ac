package io.github.hanllama.core.engine.support;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What an adapter makes of one matrix W: {@code rowScale * W} plus pairs, W being the base's or its own. DoRA is such a
 * scale, since its lengths depend on weights only.
 */
final class MatrixChange<M> {
    private final Optional<M> replacement;
    private final float[] rowScale;
    private final List<LowRank<M>> pairs;

    MatrixChange(Optional<M> replacement, float[] rowScale, List<LowRank<M>> pairs) {
        this.replacement = replacement;
        this.rowScale = rowScale;
        this.pairs = List.copyOf(pairs);
    }

    Optional<M> replacement() {
        return replacement;
    }

    float[] rowScale() {
        return rowScale;
    }

    List<LowRank<M>> pairs() {
        return pairs;
    }

    <N> MatrixChange<N> map(Function<M, N> matrix) {
        return new MatrixChange<>(
                replacement.map(matrix),
                rowScale,
                pairs.stream().map(pair -> pair.map(matrix)).toList());
    }
}
