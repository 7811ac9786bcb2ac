package io.github.hanllama.quant;

/**
 * What a product with a tile of rows needs while it is made. Kept, since a prompt meets thousands of tiles: made anew, these arrays would
 * be most of its garbage, and memory that is new is cleared twice and in no cache. Belongs to one thread.
 */
final class TileScratch {
    private static final ThreadLocal<TileScratch> OWN = ThreadLocal.withInitial(TileScratch::new);

    final float[] panel = new float[WeightPanel.LENGTH];
    private float[] sums = {};

    private TileScratch() {}

    /** The calling thread's. */
    static TileScratch own() {
        return OWN.get();
    }

    /** Room for that many sums at least, with anything in it. */
    float[] sums(int length) {
        if (sums.length < length) {
            sums = new float[length];
        }
        return sums;
    }
}
