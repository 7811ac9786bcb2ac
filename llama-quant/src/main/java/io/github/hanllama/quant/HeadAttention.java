package io.github.hanllama.quant;

import static io.github.hanllama.quant.AttentionKernel.EIGHT;

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
    public static final int SPAN = KvLayer.LONGEST;

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
        int end = Math.min(queries.longest(), from + SPAN);
        for (int position = from; position < end; position += BLOCK) {
            layer.keys(head, position, queries.count(), panel);
            panel.start(0, headDim, queries.count(), rows, 0, headDim, scores, position - from, SPAN);
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
        int end = Math.min(queries.longest(), from + SPAN);
        int count;
        for (int position = from; position < end; position += count) {
            count = layer.values(head, position, end - position, queries.count(), panel);
            for (int query = 0; query < queries.count(); query += EIGHT) {
                mix(query, Math.min(EIGHT, queries.count() - query), from, position, count, queries, result);
            }
        }
    }

    /** Values for a few queries: together as far as all of them see, then each by itself. */
    private void mix(
            int query, int count, int from, int position, int most, AttentionQueries queries, AttentionPart result) {
        int depth = queries.visible(query, position, most);
        int x = query * SPAN + position - from;
        for (int strip = 0; strip * BLOCK < result.stride; strip++) {
            int sums = query * result.stride + strip * BLOCK;
            if (position == from) {
                panel.start(strip, depth, count, scores, x, SPAN, result.values, sums, result.stride);
            } else {
                panel.fold(strip, depth, count, scores, x, SPAN, result.values, sums, result.stride);
            }
            for (int i = 1; i < count; i++) {
                int more = queries.visible(query + i, position, most) - depth;
                if (more > 0) {
                    int rest = x + i * SPAN + depth;
                    panel.foldOne(strip, depth, more, scores, rest, result.values, sums + i * result.stride);
                }
            }
        }
    }
}
