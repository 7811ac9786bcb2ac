package io.github.hanllama.quant;

import java.util.Arrays;

/**
 * What queries found in some of the positions they see: each one's highest score, the sum of its weights relative to that,
 * and the sum of weighted values. Parts of neighbouring positions are joined in ascending order.
 */
public final class AttentionPart {
    final float[] max;
    final float[] sum; // 0 for a query that sees none of the positions, else at least 1
    final float[] values; // (queries, stride)
    final int stride;

    private final int headDim;
    private final float scale;

    /** @param queries the most it is used for */
    public AttentionPart(int queries, int headDim) {
        int rows = Math.ceilDiv(queries, AttentionKernel.EIGHT) * AttentionKernel.EIGHT;
        this.max = new float[rows];
        this.sum = new float[rows];
        this.headDim = headDim;
        this.scale = scale(headDim);
        this.stride = Math.ceilDiv(headDim, KvLayer.BLOCK) * KvLayer.BLOCK;
        this.values = new float[rows * stride];
    }

    /** What scores are multiplied by. */
    static float scale(int headDim) {
        return (float) (1 / Math.sqrt(headDim));
    }

    /** Forgets everything: no positions. */
    public void clear() {
        Arrays.fill(sum, 0);
    }

    /** Joins the part of the positions that follow. */
    public void join(AttentionPart next, int queries) {
        for (int query = 0; query < queries; query++) {
            if (next.sum[query] == 0) {
                continue;
            }
            if (sum[query] == 0) {
                max[query] = next.max[query];
                sum[query] = next.sum[query];
                System.arraycopy(next.values, query * stride, values, query * stride, stride);
            } else {
                merge(next, query);
            }
        }
    }

    /** Both brought to the higher of the two highest scores; one of the factors is 1. */
    private void merge(AttentionPart next, int query) {
        float higher = Math.max(max[query], next.max[query]);
        float own = Exponential.exp((max[query] - higher) * scale);
        float others = Exponential.exp((next.max[query] - higher) * scale);
        max[query] = higher;
        sum[query] = Math.fma(sum[query], own, next.sum[query] * others);
        Kernels.vector().blend(values, query * stride, own, next.values, query * stride, others, stride);
    }

    /** Writes the results: values over the sum of weights. */
    public void finish(AttentionQueries queries, float[] out) {
        for (int query = 0; query < queries.count(); query++) {
            Kernels.vector().scale(values, query * stride, headDim, 1 / sum[query]);
            System.arraycopy(values, query * stride, out, queries.at(query), headDim);
        }
    }
}
