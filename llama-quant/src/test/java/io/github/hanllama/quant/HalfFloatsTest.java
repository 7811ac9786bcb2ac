package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HalfFloatsTest {
    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "0x0000, 0.0",
        "0x8000, -0.0",
        "0x0001, 5.9604645E-8",
        "0x03ff, 6.097555E-5",
        "0x0400, 6.1035156E-5",
        "0x3c00, 1.0",
        "0xc000, -2.0",
        "0x7bff, 65504.0",
        "0x7c00, Infinity",
        "0xfc00, -Infinity",
        "0x7e00, NaN"
    })
    void f16_bothWays(String bits, float value) {
        short f16 = (short) Integer.decode(bits).intValue();
        assertThat(HalfFloats.f16ToFloat(f16)).isEqualTo(Float.valueOf(value));
        assertThat(HalfFloats.floatToF16(value)).isEqualTo(f16);
    }

    @ParameterizedTest(name = "{0} rounds to {1}")
    @CsvSource({
        "0x3f800000, 0x3f80", "0x3f808000, 0x3f80", "0x3f818000, 0x3f82", "0x3f808001, 0x3f81", "0x7f7fffff, 0x7f80",
        "0xff7fffff, 0xff80", "0x00000001, 0x0000", "0x80008001, 0x8001", "0x7f800000, 0x7f80", "0xff800000, 0xff80"
    })
    void floatToBf16_nearestEven(String bits, String expected) {
        float value = Float.intBitsToFloat(Integer.parseUnsignedInt(bits.substring(2), 16));
        assertThat(HalfFloats.floatToBf16(value))
                .isEqualTo((short) Integer.decode(expected).intValue());
    }

    @Test
    void floatToBf16_nanWithLowBitsOnly_staysNan() {
        float nan = Float.intBitsToFloat(0x7f80_0001);
        assertThat(HalfFloats.bf16ToFloat(HalfFloats.floatToBf16(nan))).isNaN();
    }

    @Test
    void floatToF16_everyMidpoint_tiesToEven() {
        for (short lower = 0; lower < 0x7bff; lower++) {
            float a = HalfFloats.f16ToFloat(lower);
            float b = HalfFloats.f16ToFloat((short) (lower + 1));
            float middle = new BigDecimal(a)
                    .add(new BigDecimal(b))
                    .divide(BigDecimal.TWO)
                    .floatValue();
            assertThat(HalfFloats.floatToF16(middle)).isEqualTo((short) (lower + (lower & 1)));
            assertThat(HalfFloats.floatToF16(Math.nextUp(middle))).isEqualTo((short) (lower + 1));
        }
    }

    @Test
    void bf16_everyValue_roundTrips() {
        for (int bits = 0; bits < 0x10000; bits++) {
            float value = HalfFloats.bf16ToFloat((short) bits);
            assertThat(Float.isNaN(value) || HalfFloats.floatToBf16(value) == (short) bits)
                    .isTrue();
        }
    }
}
