package io.github.hanllama.quant;

import static io.github.hanllama.quant.SimdSpecies.HALF;
import static io.github.hanllama.quant.SimdSpecies.INT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** 16-bit floats to and from float lanes, without a branch and to the bit of {@link HalfFloats}. */
final class SimdHalfFloats {
    static final int SIGN = 0x8000_0000;
    /** Where exponent and mantissa of an f16 are when it is shifted left by 13. */
    static final int MAGNITUDE = 0x0fff_e000;
    /** 112 powers of two too high, where the f16 exponent 31 is the f32 infinity and nothing is subnormal. */
    static final int TOO_HIGH = 224 << 23;

    static final float SUBNORMAL = -0x1p98f;
    static final float BACK = 0x1p-112f;
    /** Where an f16 is when it is the upper half of a word, shifted right by 3: sign, exponent, mantissa. */
    static final int LOW = SIGN | MAGNITUDE;
    /** What a finite one that is {@link #LOW} is multiplied by to be right, exactly; subnormal ones are so in f32, too, until then. */
    static final float TOO_LOW = 0x1p112f;

    static final short F16_MAGNITUDE = 0x7fff;
    static final short F16_INFINITY = 0x7c00;
    private static final int F32_MAGNITUDE = 0x7fff_ffff;
    private static final int F32_INFINITY = 0x7f80_0000;
    private static final int QUIET_NAN_BIT = 0x40;

    private SimdHalfFloats() {}

    /** The bf16 numbers from that byte on. */
    static FloatVector widenBf16(MemorySegment source, long at) {
        return ints(source, at).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /**
     * The f16 numbers from that byte on.
     *
     * <p>The magnitude is placed {@link #TOO_HIGH}. There {@code a} is right for normal numbers; a subnormal one should be
     * {@code 2a - 2^98}, which is the smaller of the two exactly when it is the right one. Positive floats compare like
     * integers.
     */
    static FloatVector widenF16(MemorySegment source, long at) {
        IntVector bits = ints(source, at).lanewise(VectorOperators.LSHL, 13);
        IntVector magnitude = bits.and(MAGNITUDE).add(TOO_HIGH);
        FloatVector a = magnitude.reinterpretAsFloats();
        IntVector subnormal = a.fma(2f, SUBNORMAL).reinterpretAsInts();
        return magnitude
                .min(subnormal)
                .reinterpretAsFloats()
                .mul(BACK)
                .reinterpretAsInts()
                .or(bits.and(SIGN))
                .reinterpretAsFloats();
    }

    /** Rounded to the nearest bf16, ties to even. */
    static ShortVector narrowBf16(FloatVector values) {
        IntVector bits = values.reinterpretAsInts();
        IntVector high = bits.lanewise(VectorOperators.LSHR, 16);
        IntVector rounded = bits.add(high.and(1)).add(0x7fff).lanewise(VectorOperators.LSHR, 16);
        VectorMask<Integer> nan = bits.and(F32_MAGNITUDE).compare(VectorOperators.GT, F32_INFINITY);
        return (ShortVector) rounded.blend(high.or(QUIET_NAN_BIT), nan).convertShape(VectorOperators.I2S, HALF, 0);
    }

    /** The 16-bit integers from that byte on. */
    static IntVector ints(MemorySegment source, long at) {
        return (IntVector) ShortVector.fromMemorySegment(HALF, source, at, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.S2I, INT, 0);
    }
}
