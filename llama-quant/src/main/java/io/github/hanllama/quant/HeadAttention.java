package io.github.hanllama.quant;

import static io.github.hanllama.quant.AttentionKernel.FOUR;

import java.util.Arrays;
import java.util.Objects;

/**
 * Attention of a few queries to one key-value head, span by span, so that no memory grows with the context. Keeps scratch
 * memory: one instance per thread.
 *
 * <p>A score is a fold of fma over the dimensions, ascending. Within a span of 256 positions the weights are {@code
 * exp(scale * (score - highest score))}, summed as {@link VectorKernel#expBelow} does, and a result is the fold of fma over
 * the positions, ascending. Spans are joined in ascending order by {@link AttentionPart}. So a query's result depends on
 * nothing but its keys and values: not on the queries it runs with, chunks, or which threads computed which spans.
 */
public final class HeadAttention {
    /** Positions of a span. */
    public static final int SPAN = 256;

    private static final int BLOCK = KvLayer.BLOCK;

    private final int headDim;
    private final float scale;
    private final float[] rows; // gathered queries, (MOST, headDim)
    private final float[] scores = new float[AttentionQueries.MOST * SPAN]; // then weights
    private final KvPanel panel;
    private final AttentionPart part;
    private final AttentionPart whole;

    public HeadAttention(int headDim) {
        this.headDim = headDim;
        this.scale = AttentionPart.scale(headDim);
        this.rows = new float[AttentionQueries.MOST * headDim];
        this.panel = new KvPanel(Math.ceilDiv(headDim, BLOCK));
        this.part = new AttentionPart(AttentionQueries.MOST, headDim);
        this.whole = new AttentionPart(AttentionQueries.MOST, headDim);
    }

    /** Spans of that many positions. */
    public static int spans(int positions) {
        return Math.ceilDiv(positions, SPAN);
    }

    /** Computes the whole result of rotated queries. */
    public void attend(KvLayer layer, int head, AttentionQueries queries, float[] source, float[] out) {
        whole.clear();
        for (int span = 0; span < spans(queries.longest()); span++) {
            attendSpan(layer, head, span, queries, source, part);
            whole.join(part, queries.count());
        }
        whole.finish(queries, out);
    }

    /** Computes what one span adds, for {@link AttentionPart#join}; threads may share the spans of a head. */
    public void attendSpan(
            KvLayer layer, int head, int span, AttentionQueries queries, float[] source, AttentionPart result) {
        if (layer.headDim() != headDim) {
            throw new IllegalArgumentException("made for heads of " + headDim + ", found " + layer.headDim());
        }
        for (int query = 0; query < queries.count(); query++) {
            Objects.checkFromIndexSize(queries.at(query), headDim, source.length);
            System.arraycopy(source, queries.at(query), rows, query * headDim, headDim);
        }
        int from = span * SPAN;
        score(layer, head, from, queries);
        weigh(from, queries, result);
        mix(layer, head, from, queries, result);
    }

    /** Products of every query with every key of the span that one of them sees. */
    private void score(KvLayer layer, int head, int from, AttentionQueries queries) {
        Arrays.fill(scores, 0, queries.count() * SPAN, 0);
        int end = Math.min(queries.longest(), from + SPAN);
        for (int position = from; position < end; position += BLOCK) {
            layer.keys(head, position, panel);
            for (int query = 0; query < queries.count(); query += FOUR) {
                int count = Math.min(FOUR, queries.count() - query);
                fold(0, headDim, count, rows, query * headDim, headDim, scores, query * SPAN + position - from, SPAN);
            }
        }
    }

    private void weigh(int from, AttentionQueries queries, AttentionPart result) {
        for (int query = 0; query < queries.count(); query++) {
            int visible = queries.visible(query, from, SPAN);
            float max = Kernels.vector().max(scores, query * SPAN, visible);
            result.max[query] = max;
            result.sum[query] = Kernels.vector().expBelow(max, scores, query * SPAN, visible, scale);
        }
    }

    private void mix(KvLayer layer, int head, int from, AttentionQueries queries, AttentionPart result) {
        Arrays.fill(result.values, 0, queries.count() * result.stride, 0);
        int end = Math.min(queries.longest(), from + SPAN);
        for (int position = from; position < end; position += BLOCK) {
            layer.values(head, position, Math.min(BLOCK, end - position), panel);
            for (int query = 0; query < queries.count(); query += FOUR) {
                mix(query, Math.min(FOUR, queries.count() - query), from, position, queries, result);
            }
        }
    }

    /** A block's values for a few queries: together when all see as many of its positions, else each alone. */
    private void mix(int query, int count, int from, int position, AttentionQueries queries, AttentionPart result) {
        int depth = queries.visible(query, position, BLOCK);
        int together = queries.visible(query + count - 1, position, BLOCK) == depth ? count : 1;
        for (int q = query; q < query + count; q += together) {
            int x = q * SPAN + position - from;
            for (int strip = 0; strip * BLOCK < result.stride; strip++) {
                fold(
                        strip,
                        queries.visible(q, position, BLOCK),
                        together,
                        scores,
                        x,
                        SPAN,
                        result.values,
                        q * result.stride + strip * BLOCK,
                        result.stride);
            }
        }
    }

    /** One query, or a tile of them; rows beyond the last are computed and never looked at. */
    private void fold(
            int tile, int depth, int count, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        if (count == 1) {
            panel.foldOne(tile, depth, x, xAt, sums, sumsAt);
        } else {
            panel.foldFour(tile, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
        }
    }
}
