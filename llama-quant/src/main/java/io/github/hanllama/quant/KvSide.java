package io.github.hanllama.quant;

/**
 * The two halves of a {@link KvLayer} and what their tiles have in the 32 lanes: keys a position each, values a dimension
 * each. So a score, and a dimension of a result, is a sum over the rows of a tile and no lanes are ever added.
 */
enum KvSide {
    KEYS(1, KvLayer.BLOCK),
    VALUES(KvLayer.BLOCK, 1);

    private final int positionStep;
    private final int dimensionStep;

    KvSide(int positionStep, int dimensionStep) {
        this.positionStep = positionStep;
        this.dimensionStep = dimensionStep;
    }

    /** Index in a tile, (rows, 32), of a dimension of a position. */
    int index(int position, int dimension) {
        return position * positionStep + dimension * dimensionStep;
    }
}
