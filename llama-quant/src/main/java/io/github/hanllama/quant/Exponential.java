package io.github.hanllama.quant;

/**
 * The exponential of the kernels, the same operations in scalar code and in lanes: less than 1 ulp from exact between
 * {@link #LOWEST} and {@link #HIGHEST}, where arguments outside are cut off; NaN stays NaN.
 *
 * <p>{@code exp(x) = 2^n * (1 + r + r² q(r))} with {@code n = round(x / ln 2)} and {@code r = x - n ln 2}; q is a minimax
 * polynomial for |r| up to ln 2 / 2.
 */
final class Exponential {
    static final float LOWEST = -87; // the result stays a normal number
    static final float HIGHEST = 88; // and finite

    static final float LOG2_E = 1.44269504f;
    /** ln 2 in two parts. */
    static final float LN2_HIGH = 0.693147182f;

    static final float LN2_LOW = -1.90465430e-9f;
    /** Adding it rounds to an integer, which is then in the low bits. */
    static final float ROUNDER = 0x1.8p23f;

    static final int EXPONENT_BIAS = 127;
    static final int MANTISSA_BITS = 23;

    static final float Q0 = Float.intBitsToFloat(0x3eff_fffe);
    static final float Q1 = Float.intBitsToFloat(0x3e2a_aa49);
    static final float Q2 = Float.intBitsToFloat(0x3d2a_ac79);
    static final float Q3 = Float.intBitsToFloat(0x3c09_1d10);
    static final float Q4 = Float.intBitsToFloat(0x3ab5_11e7);

    private Exponential() {}

    static float exp(float x) {
        float bounded = Math.min(Math.max(x, LOWEST), HIGHEST);
        float rounded = Math.fma(bounded, LOG2_E, ROUNDER);
        float n = rounded - ROUNDER;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, bounded));
        float q = Math.fma(Math.fma(Math.fma(Math.fma(Q4, r, Q3), r, Q2), r, Q1), r, Q0);
        float power = Float.intBitsToFloat((Float.floatToRawIntBits(rounded) + EXPONENT_BIAS) << MANTISSA_BITS);
        return (Math.fma(r * r, q, r) + 1) * power;
    }
}
