package io.github.hanllama.quant;

/** Scalar at first, with vectors when those are compiled. */
final class WarmingSymmetricSearch implements SymmetricSearch {
    private static final WarmUp WARM_UP = new WarmUp();

    private final SymmetricSearch scalar;
    private final SymmetricSearch simd;

    WarmingSymmetricSearch(int size, int half) {
        this.scalar = new ScalarSymmetricSearch(size, half);
        this.simd = new SimdSymmetricSearch(size, half);
    }

    @Override
    public void search(float[] x, int at, float[] weights, int[] levels, float[] scales) {
        SymmetricSearch search = WARM_UP.vectorsTurn() ? simd : scalar;
        search.search(x, at, weights, levels, scales);
    }
}
