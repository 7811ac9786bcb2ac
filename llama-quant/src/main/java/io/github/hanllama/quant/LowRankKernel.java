package io.github.hanllama.quant;

/** The loop of {@link LowRankUpdate#addTo}, which checks the arguments. */
sealed interface LowRankKernel permits ScalarLowRankKernel, SimdLowRankKernel {
    /**
     * Adds {@code scale * (b · a)} to a tile of rows in place.
     *
     * @param b (rows, rank) from {@code bAt}
     * @param a (rank, columns)
     * @param tile (rows, columns) from 0
     */
    void add(float[] b, int bAt, float[] a, int rank, float scale, float[] tile, int rows);
}
