package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.quant.Activations;
import io.github.hanllama.quant.PackedMatrix;

/** {@code y = W x + b}, some rows at a time. */
final class Linear {
    private static final int TILE = PackedMatrix.TILE;

    private final PackedMatrix weight; // (out, in)
    private final float[] bias; // (out), or none of length 0

    Linear(PackedMatrix weight, float[] bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /** How many parts the rows have. */
    int tiles() {
        return weight.tiles();
    }

    int rows() {
        return weight.rows();
    }

    PackedMatrix weight() {
        return weight;
    }

    /** First row of a tile. */
    static int firstRow(int tile) {
        return tile * TILE;
    }

    /** Rows of a tile. */
    int rows(int tile) {
        return Math.min(TILE, rows() - firstRow(tile));
    }

    /**
     * Computes one tile of rows.
     *
     * @param x (in), token tiles
     * @param y (tokens, out)
     */
    void apply(int tile, float[] x, int tokens, float[] y) {
        weight.multiply(tile, tile + 1, x, tokens, y);
        if (bias.length > 0) {
            for (int t = 0; t < tokens; t++) {
                int at = t * rows() + firstRow(tile);
                Activations.add(y, at, bias, firstRow(tile), rows(tile));
            }
        }
    }
}
