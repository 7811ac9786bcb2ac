package io.github.hanllama.core.engine.support;

import java.util.function.Function;

/**
 * A low-rank pair: adds {@code rowScale * (scale * (b @ (a @ x)))} to a product with x.
 *
 * @param <M> how the engine keeps a matrix
 */
public final class LowRank<M> {
    private final M a;
    private final M b;
    private final float scale;
    private final float[] rowScale;

    LowRank(M a, M b, float scale, float[] rowScale) {
        this.a = a;
        this.b = b;
        this.scale = scale;
        this.rowScale = rowScale;
    }

    /** (rank, in). */
    public M a() {
        return a;
    }

    /** (out, rank). */
    public M b() {
        return b;
    }

    public float scale() {
        return scale;
    }

    /** (out), or of length 0 where rows are not scaled. */
    public float[] rowScale() {
        return rowScale;
    }

    LowRank<M> times(float weight) {
        return weight == 1 ? this : new LowRank<>(a, b, scale * weight, rowScale);
    }

    LowRank<M> scaleRows(float[] factors) {
        return new LowRank<>(a, b, scale, RowScale.product(rowScale, factors));
    }

    <N> LowRank<N> map(Function<M, N> matrix) {
        return new LowRank<>(matrix.apply(a), matrix.apply(b), scale, rowScale);
    }
}
