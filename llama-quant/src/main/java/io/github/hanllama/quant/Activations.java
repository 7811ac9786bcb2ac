package io.github.hanllama.quant;

import java.util.Objects;

/**
 * What a decoder computes on f32 activations besides products. Ranges start at an offset into their arrays; every result
 * has the same bits on every machine.
 */
public final class Activations {
    private Activations() {}

    /** {@code x += y}, element by element. */
    public static void add(float[] x, int xAt, float[] y, int yAt, int count) {
        Objects.checkFromIndexSize(xAt, count, x.length);
        Objects.checkFromIndexSize(yAt, count, y.length);
        Kernels.vector().add(x, xAt, y, yAt, count);
    }

    /**
     * Writes {@code weight * (x / sqrt(mean(x²) + eps))}, as wide as the weight.
     *
     * <p>The squares are summed in 16 parts, element i in part {@code i % 16}, then as a tree.
     */
    public static void rmsNorm(float[] x, int at, float[] weight, float eps, float[] out, int outAt) {
        Objects.checkFromIndexSize(at, weight.length, x.length);
        Objects.checkFromIndexSize(outAt, weight.length, out.length);
        Kernels.vector().rmsNorm(x, at, weight, eps, out, outAt);
    }

    /**
     * Turns one head in place: dimension i with dimension {@code i + half}, by the angles whose cos and sin start at
     * {@code angles}.
     */
    public static void rotate(float[] head, int at, int half, float[] cos, float[] sin, int angles) {
        Objects.checkFromIndexSize(at, 2 * half, head.length);
        Objects.checkFromIndexSize(angles, half, cos.length);
        Objects.checkFromIndexSize(angles, half, sin.length);
        Kernels.vector().rotate(head, at, half, cos, sin, angles);
    }

    /**
     * {@code gate = gate / (1 + exp(-gate)) * up}, element by element.
     *
     * <p>The exponential is within 1 ulp, its argument cut off at -87 and 88.
     */
    public static void swiGlu(float[] gate, float[] up, int at, int count) {
        Objects.checkFromIndexSize(at, count, gate.length);
        Objects.checkFromIndexSize(at, count, up.length);
        Kernels.vector().swiGlu(gate, up, at, count);
    }
}
