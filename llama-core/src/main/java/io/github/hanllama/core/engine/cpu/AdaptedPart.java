package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.engine.support.LowRank;
import io.github.hanllama.core.engine.support.RowWeights;
import io.github.hanllama.quant.Activations;
import io.github.hanllama.quant.InputForm;
import io.github.hanllama.quant.MatrixInput;
import io.github.hanllama.quant.PackedMatrix;
import java.util.ArrayList;
import java.util.List;

/** What adapters make of a linear layer's product for a few tokens: always products in f32, whatever the base's are. */
final class AdaptedPart {
    private final AdaptedTokens tokens;
    private final PackedMatrix base;
    private final PackedMatrix matrix;
    private final float[] rowScale;
    private final List<LowRank<PackedMatrix>> pairs;
    private final List<MatrixInput> inner = new ArrayList<>(); // per pair scale * (a @ x)
    private final float[] product; // (tokens, out), of one pair or matrix at a time; tiles are disjoint
    private MatrixInput x = new MatrixInput(0);

    AdaptedPart(Linear linear, AdaptedTokens tokens) {
        RowWeights<PackedMatrix> weights = tokens.weights();
        this.tokens = tokens;
        this.base = linear.weight();
        this.matrix = weights.matrix(linear.name(), base);
        this.rowScale = weights.rowScale(linear.name());
        this.pairs = weights.pairs(linear.name());
        this.product = new float[tokens.size() * base.rows()];
    }

    /** Computes all that the tiles share. */
    void prepare(float[] rows) {
        x = tokens.gather(rows, base.columns());
        for (LowRank<PackedMatrix> pair : pairs) {
            int rank = pair.a().rows();
            float[] sums = new float[tokens.size() * rank];
            pair.a().multiply(0, pair.a().tiles(), x, InputForm.F32, sums);
            for (int i = 0; i < sums.length; i++) {
                sums[i] *= pair.scale();
            }
            inner.add(MatrixInput.of(sums, tokens.size(), rank));
        }
    }

    /** Changes one tile of rows of the chunk's product, before the bias. */
    void apply(int tile, float[] y) {
        if (matrix != base) {
            matrix.multiply(tile, tile + 1, x, InputForm.F32, product);
            forEachRow(tile, (from, to, first, count) -> System.arraycopy(product, from, y, to, count));
        }
        if (rowScale.length > 0) {
            forEachRow(tile, (from, to, first, count) -> scale(y, to, rowScale, first, count));
        }
        for (int i = 0; i < pairs.size(); i++) {
            LowRank<PackedMatrix> pair = pairs.get(i);
            pair.b().multiply(tile, tile + 1, inner.get(i), InputForm.F32, product);
            forEachRow(tile, (from, to, first, count) -> {
                if (pair.rowScale().length > 0) {
                    scale(product, from, pair.rowScale(), first, count);
                }
                Activations.add(y, to, product, from, count);
            });
        }
    }

    private static void scale(float[] values, int at, float[] factors, int first, int count) {
        for (int i = 0; i < count; i++) {
            values[at + i] *= factors[first + i];
        }
    }

    private void forEachRow(int tile, RowBody body) {
        int out = base.rows();
        int first = Linear.firstRow(tile);
        int count = Math.min(PackedMatrix.TILE, out - first);
        for (int i = 0; i < tokens.size(); i++) {
            body.accept(i * out + first, tokens.tokens().get(i) * out + first, first, count);
        }
    }

    /** What is done with one token's part of a tile: where it is in the product, where in y, and which rows it has. */
    @FunctionalInterface
    private interface RowBody {
        void accept(int from, int to, int first, int count);
    }
}
