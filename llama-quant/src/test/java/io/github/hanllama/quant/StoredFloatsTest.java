package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoredFloatsTest {
    private static final int UNALIGNED = 3;

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void read_whatWasWritten_isTheRoundedNumber(DType type) {
        float[] numbers = Numbers.withCorners(7, 4098);
        MemorySegment memory = MemorySegment.ofArray(new byte[UNALIGNED + (int) type.bytes(numbers.length)]);

        StoredFloats.write(type, numbers, 0, numbers.length, memory, UNALIGNED);
        float[] back = new float[numbers.length];
        StoredFloats.read(type, memory, UNALIGNED, back, 0, back.length);

        float[] expected = numbers.clone();
        for (int i = 0; i < expected.length; i++) {
            expected[i] = switch (type) {
                case F16 -> HalfFloats.f16ToFloat(HalfFloats.floatToF16(numbers[i]));
                case BF16 -> HalfFloats.bf16ToFloat(HalfFloats.floatToBf16(numbers[i]));
                default -> numbers[i];
            };
        }
        Numbers.assertSameBits(back, expected);
    }

    @Test
    void read_everyF16_isExact() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(2 * 0x10000);
            for (int bits = 0; bits < 0x10000; bits++) {
                memory.set(StoredFloats.SHORT, 2L * bits, (short) bits);
            }
            float[] numbers = new float[0x10000];
            StoredFloats.read(DType.F16, memory, 0, numbers, 0, numbers.length);
            float[] expected = new float[0x10000];
            for (int bits = 0; bits < 0x10000; bits++) {
                expected[bits] = HalfFloats.f16ToFloat((short) bits);
            }
            Numbers.assertSameBits(numbers, expected);
        }
    }

    @Test
    void read_pastTheEnd_isRefused() {
        MemorySegment memory = MemorySegment.ofArray(new byte[7]);
        assertThatThrownBy(() -> StoredFloats.read(DType.F16, memory, 0, new float[4], 0, 4))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> StoredFloats.read(DType.F16, memory, 0, new float[3], 1, 3))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void read_integers_isRefused() {
        assertThatThrownBy(
                        () -> StoredFloats.read(DType.I32, MemorySegment.ofArray(new byte[4]), 0, new float[1], 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("I32");
    }
}
