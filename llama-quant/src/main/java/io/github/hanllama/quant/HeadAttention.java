package io.github.hanllama.quant;

import java.util.Arrays;
import java.util.Objects;

/**
 * Attention of a few queries to one key-value head. Keeps scratch memory: one instance per thread.
 *
 * <p>A score is a fold of fma over the dimensions, ascending; softmax is that of {@link VectorKernel#expBelowMax}; a
 * result is the sum over blocks of 32 positions, ascending, of folds of fma, multiplied by the inverse sum of the weights at
 * the end. So a query's result depends on nothing but its keys and values: not on the queries it runs with, chunks or
 * threads.
 */
public final class HeadAttention {
    /** Queries that run together. */
    public static final int QUERIES = TokenTiles.TILE;

    private static final int STRIP = PackedMatrix.STRIP;

    private final float[] sums = new float[QUERIES * STRIP];
    private final float[] parts = new float[QUERIES * STRIP];
    private final float[] together = new float[QUERIES * STRIP];
    private final float[] inverseSums = new float[QUERIES];
    private float[] rows = {}; // gathered queries, (count, headDim)
    private float[] packed = {}; // queries, then weights, in token tiles
    private float[] scores = {}; // (count, stride), then weights
    private int stride;

    /**
     * Computes the result of {@code count} queries.
     *
     * @param count 1 to {@link #QUERIES}
     * @param queries rotated queries; query i starts at {@code at[i]}
     * @param visible how many positions query i attends to, at least 1
     * @param out the result of query i is written from {@code at[i]} on
     */
    public void attend(KvLayer layer, int head, int count, float[] queries, int[] at, int[] visible, float[] out) {
        Objects.checkFromToIndex(1, count, QUERIES);
        int longest = 0;
        int shortest = Integer.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            Objects.checkFromIndexSize(at[i], layer.headDim(), Math.min(queries.length, out.length));
            longest = Math.max(longest, visible[i]);
            shortest = Math.min(shortest, visible[i]);
        }
        score(layer, head, count, queries, at, longest);
        weigh(layer, count, visible);
        int shared = shortest == longest ? longest : shortest - shortest % STRIP; // whole blocks, or all there is
        mix(layer, head, count, shared, visible, at, out);
    }

    /** Products of every query with every key up to the longest. */
    private void score(KvLayer layer, int head, int count, float[] queries, int[] at, int longest) {
        int width = layer.headDim();
        rows = room(rows, QUERIES * width);
        for (int i = 0; i < count; i++) {
            System.arraycopy(queries, at[i], rows, i * width, width);
        }
        float[] tile = tiled(rows, count, width, width);
        stride = Math.ceilDiv(longest, STRIP) * STRIP;
        scores = room(scores, QUERIES * stride);
        for (int position = 0; position < longest; position += STRIP) {
            Arrays.fill(sums, 0);
            addProducts(layer, position, layer.keys(head), width, tile, 0, count);
            for (int i = 0; i < count; i++) {
                System.arraycopy(sums, i * STRIP, scores, i * stride + position, STRIP);
            }
        }
    }

    private void weigh(KvLayer layer, int count, int[] visible) {
        float scale = (float) (1 / Math.sqrt(layer.headDim()));
        for (int i = 0; i < count; i++) {
            inverseSums[i] = 1 / Kernels.vector().expBelowMax(scores, i * stride, visible[i], scale);
        }
    }

    /** Together as far as all queries see, then each alone to its end. */
    private void mix(KvLayer layer, int head, int count, int shared, int[] visible, int[] at, float[] out) {
        float[] tile = tiled(scores, count, shared, stride);
        for (int dims = 0; dims < layer.strips(); dims++) {
            Arrays.fill(sums, 0);
            addValues(layer, head, dims, 0, shared, tile, 0, count);
            System.arraycopy(sums, 0, together, 0, sums.length);
            for (int i = 0; i < count; i++) {
                System.arraycopy(together, i * STRIP, sums, 0, STRIP);
                addValues(layer, head, dims, shared, visible[i], scores, i * stride + shared, 1);
                int width = Math.min(STRIP, layer.headDim() - dims * STRIP);
                Kernels.vector().scale(sums, 0, width, inverseSums[i]);
                System.arraycopy(sums, 0, out, at[i] + dims * STRIP, width);
            }
        }
    }

    private void addValues(KvLayer layer, int head, int dims, int from, int to, float[] weights, int at, int count) {
        int step = count == 1 ? 1 : QUERIES;
        for (int position = from; position < to; ) {
            int depth = Math.min(STRIP - position % STRIP, to - position);
            long start = layer.values(head, dims) + DType.F32.bytes((long) position % STRIP * STRIP);
            addProducts(layer, position, start, depth, weights, at + (position - from) * step, count);
            position += depth;
        }
    }

    private void addProducts(KvLayer layer, int position, long start, int depth, float[] x, int xAt, int count) {
        if (count == 1) {
            Kernels.matrix().addOne(DType.F32, layer.block(position), start, depth, x, xAt, sums, 0);
        } else {
            Kernels.matrix().foldStrip(layer.block(position), start, depth, x, xAt, parts);
            Kernels.vector().add(sums, 0, parts, 0, sums.length);
        }
    }

    /** Rows that are {@code rowStride} apart as one token tile; a single row stays as it is. */
    private float[] tiled(float[] source, int count, int width, int rowStride) {
        if (count == 1) {
            return source;
        }
        packed = room(packed, QUERIES * width);
        for (int i = 0; i < count; i++) {
            for (int k = 0; k < width; k++) {
                packed[k * QUERIES + i] = source[i * rowStride + k];
            }
        }
        return packed;
    }

    private static float[] room(float[] array, int length) {
        return array.length >= length ? array : new float[Math.max(length, 2 * array.length)];
    }
}
