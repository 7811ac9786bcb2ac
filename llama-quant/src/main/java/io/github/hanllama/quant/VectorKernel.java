package io.github.hanllama.quant;

/**
 * What a decoder computes besides products; {@link Activations} checks the arguments.
 *
 * <p>A sum over a row is kept in 16 parts, element {@code i} in part {@code i % 16}, i ascending; the parts are then added
 * as a tree: part j and j + 8, then j + 4, j + 2, j + 1. So no form of a kernel depends on its vector width.
 */
sealed interface VectorKernel permits ScalarVectorKernel, SimdVectorKernel {
    int PARTS = 16;

    /** {@code x += y}. */
    void add(float[] x, int xAt, float[] y, int yAt, int count);

    /** {@code out = weight * (x / rms(x))}. */
    void rmsNorm(float[] x, int at, float[] weight, float eps, float[] out, int outAt);

    /** Turns dimension i of a head with dimension i + half. */
    void rotate(float[] head, int at, int half, float[] cos, float[] sin, int angles);

    /** {@code gate = silu(gate) * up}. */
    void swiGlu(float[] gate, float[] up, int at, int count);

    /** The largest of x; NaN when there is one, negative infinity when there is nothing. */
    float max(float[] x, int at, int count);

    /** {@code x = exp(scale * (x - max))}; returns the sum of them. */
    float expBelow(float max, float[] x, int at, int count, float scale);

    /** {@code x = fma(x, a, y * b)}. */
    void blend(float[] x, int xAt, float a, float[] y, int yAt, float b, int count);

    /** {@code x *= factor}. */
    void scale(float[] x, int at, int count, float factor);

    /** Adds the {@link #PARTS} as a tree. */
    static float sum(float[] parts) {
        for (int width = PARTS / 2; width > 0; width /= 2) {
            for (int j = 0; j < width; j++) {
                parts[j] += parts[j + width];
            }
        }
        return parts[0];
    }

    /** What a row is multiplied by before its weight, from the sum of its squares. */
    static float inverseRms(float squares, int count, float eps) {
        return (float) (1 / Math.sqrt((double) squares / count + eps));
    }
}
