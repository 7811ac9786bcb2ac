package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

abstract class Bf16KernelContract {
    abstract Bf16Kernel kernel();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 207, 4098})
    void write_anyNumbers_roundsEach(int count) {
        float[] numbers = Numbers.withCorners(count, count + 2);
        if (count > 2) {
            numbers[1] = Float.NaN;
            numbers[2] = Float.intBitsToFloat(0xffff_ffff);
            numbers[3] = Float.NEGATIVE_INFINITY;
        }
        short[] actual = new short[count + 3];
        kernel().write(numbers, 1, count, MemorySegment.ofArray(actual), 2);

        short[] expected = new short[count + 3];
        for (int i = 0; i < count; i++) {
            expected[i + 1] = HalfFloats.floatToBf16(numbers[i + 1]);
        }
        assertThat(actual).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 207, 4098, 0x10000})
    void read_anyBits_widensEach(int count) {
        short[] stored = new short[count + 1];
        float[] expected = new float[count + 2];
        for (int i = 0; i < count; i++) {
            stored[i + 1] = (short) i;
            expected[i + 1] = HalfFloats.bf16ToFloat((short) i);
        }
        float[] actual = new float[count + 2];
        kernel().read(MemorySegment.ofArray(stored), 2, actual, 1, count);
        Numbers.assertSameBits(actual, expected);
    }
}
