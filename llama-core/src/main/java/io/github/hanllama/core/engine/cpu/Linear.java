package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.quant.Activations;
import io.github.hanllama.quant.PackedMatrix;

/** {@code y = W x + b}, some rows at a time. */
final class Linear {
    private static final int TILE = PackedMatrix.TILE;

    private final String name;
    private final PackedMatrix weight; // (out, in)
    private final String biasName;
    private final float[] bias; // (out), or none of length 0
    private final int tiles;

    Linear(String name, PackedMatrix weight, String biasName, float[] bias) {
        this(name, weight, biasName, bias, weight.tiles());
    }

    private Linear(String name, PackedMatrix weight, String biasName, float[] bias, int tiles) {
        this.name = name;
        this.weight = weight;
        this.biasName = biasName;
        this.bias = bias;
        this.tiles = tiles;
    }

    /** Without a bias. */
    static Linear of(String name, PackedMatrix weight) {
        return new Linear(name, weight, "", new float[0]);
    }

    /** Computes only the first rows of its results. */
    Linear first(int most) {
        return new Linear(name, weight, biasName, bias, Math.min(most, tiles));
    }

    /** Of the tensor with the weight. */
    String name() {
        return name;
    }

    String biasName() {
        return biasName;
    }

    float[] bias() {
        return bias;
    }

    /** How many parts the rows have. */
    int tiles() {
        return tiles;
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

    /** Rows of some tiles. */
    int rows(int fromTile, int toTile) {
        return Math.min(toTile * TILE, rows()) - firstRow(fromTile);
    }

    /**
     * Computes some tiles of rows.
     *
     * @param y (tokens, out), without the bias
     */
    void multiply(int fromTile, int toTile, ChunkInput x, float[] y) {
        x.multiply(weight, fromTile, toTile, y);
    }

    /** Adds some tiles of a bias to a token. */
    void add(int fromTile, int toTile, float[] added, int token, float[] y) {
        if (added.length > 0) {
            int first = firstRow(fromTile);
            Activations.add(y, token * rows() + first, added, first, rows(fromTile, toTile));
        }
    }
}
