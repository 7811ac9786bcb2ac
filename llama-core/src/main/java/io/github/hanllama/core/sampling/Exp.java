package io.github.hanllama.core.sampling;

/**
 * {@code exp} for weights: faster than {@link StrictMath#exp}, and with the same bits on every machine, which
 * {@link Math#exp} does not promise.
 */
final class Exp {
    private static final double LOG2_E = 1.4426950408889634;
    /** ln 2 in two parts; the first has few enough bits for its product with an exponent to be exact. */
    private static final double LN2_HIGH = 0x1.62e42feep-1;

    private static final double LN2_LOW = 0x1.a39ef35793c76p-33;
    /** Below, the result would be subnormal. */
    private static final double SMALLEST = -708;

    private Exp() {}

    /** {@code e^x} for {@code x <= 0} to 14 digits; 0 below -708. */
    static double exp(double x) {
        if (x < SMALLEST) {
            return 0;
        }
        // e^x = 2^k e^r, |r| <= ln 2 / 2
        double k = Math.rint(x * LOG2_E);
        double r = x - k * LN2_HIGH - k * LN2_LOW;
        return taylor(r) * Double.longBitsToDouble((long) (k + Double.MAX_EXPONENT) << 52);
    }

    private static double taylor(double r) {
        double sum = 1.0 / 479001600;
        sum = sum * r + 1.0 / 39916800;
        sum = sum * r + 1.0 / 3628800;
        sum = sum * r + 1.0 / 362880;
        sum = sum * r + 1.0 / 40320;
        sum = sum * r + 1.0 / 5040;
        sum = sum * r + 1.0 / 720;
        sum = sum * r + 1.0 / 120;
        sum = sum * r + 1.0 / 24;
        sum = sum * r + 1.0 / 6;
        sum = sum * r + 1.0 / 2;
        sum = sum * r + 1.0;
        return sum * r + 1.0;
    }
}
