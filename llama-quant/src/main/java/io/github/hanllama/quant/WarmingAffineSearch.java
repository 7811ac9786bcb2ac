package io.github.hanllama.quant;

/** Scalar at first, with vectors when those are compiled. */
final class WarmingAffineSearch implements AffineSearch {
    private static final WarmUp WARM_UP = new WarmUp();

    private final AffineSearch scalar;
    private final AffineSearch simd;

    WarmingAffineSearch(Tries tries) {
        this.scalar = new ScalarAffineSearch(tries);
        this.simd = new SimdAffineSearch(tries);
    }

    @Override
    public void search(float[] x, int at, float[] weights, int[] levels, float[] scales, float[] offsets) {
        AffineSearch search = WARM_UP.vectorsTurn() ? simd : scalar;
        search.search(x, at, weights, levels, scales, offsets);
    }
}
