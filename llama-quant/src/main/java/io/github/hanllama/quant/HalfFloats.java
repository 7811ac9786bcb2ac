package io.github.hanllama.quant;

/**
 * Sixteen-bit floating-point numbers as {@code short}, to and from {@code float}.
 *
 * <p>f16 is IEEE 754 binary16; bf16 is the upper half of an f32. Widening is exact. Narrowing rounds once to the nearest,
 * ties to even, overflows to infinity and keeps NaN a NaN; f16 subnormals are kept.
 */
public final class HalfFloats {
    private static final int QUIET_NAN_BIT = 0x40;
    private static final int F32_INFINITY = 0x7f80_0000;
    private static final int F32_MAGNITUDE = 0x7fff_ffff;

    private HalfFloats() {}

    public static float f16ToFloat(short f16) {
        return Float.float16ToFloat(f16);
    }

    public static short floatToF16(float value) {
        return Float.floatToFloat16(value);
    }

    public static float bf16ToFloat(short bf16) {
        return Float.intBitsToFloat(bf16 << 16);
    }

    public static short floatToBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits & F32_MAGNITUDE) > F32_INFINITY) {
            return (short) ((bits >>> 16) | QUIET_NAN_BIT); // rounding could carry a NaN into infinity
        }
        int lowestKeptBit = (bits >>> 16) & 1;
        return (short) ((bits + 0x7fff + lowestKeptBit) >>> 16);
    }
}
