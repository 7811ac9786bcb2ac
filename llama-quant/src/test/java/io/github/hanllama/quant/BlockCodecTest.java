package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code testdata/quant} is what llama.cpp's reference makes of a few inputs. */
class BlockCodecTest {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    static Stream<Arguments> cases() {
        return EnumSet.range(DType.Q4_0, DType.Q6_K).stream()
                .flatMap(type -> Stream.of("cos_offset0_1024", "gauss_1024", "edge_1024", "tiny_256")
                        .map(input -> Arguments.of(type, input)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void quantize_givesTheReferencesBlocks(DType type, String input) {
        float[] numbers = floats(input + ".f32le");
        byte[] expected = bytes(input + "." + type + ".bin");
        byte[] blocks = new byte[expected.length];

        BlockCodec.of(type).quantize(numbers, 0, numbers.length, MemorySegment.ofArray(blocks), 0);

        assertThat(blocks).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void quantizeRow_byImportance_givesTheReferencesBlocks(DType type, String input) {
        float[] numbers = floats(input + ".f32le");
        float[] importance = floats("weighted/" + input + ".importance.f32le");
        byte[] expected = bytes("weighted/" + input + "." + type + ".bin");
        byte[] blocks = new byte[expected.length];

        for (int at = 0; at < numbers.length; at += importance.length) {
            BlockCodec.of(type).quantizeRow(numbers, at, importance, MemorySegment.ofArray(blocks), type.bytes(at));
        }

        assertThat(blocks).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void dequantize_givesTheReferencesNumbers(DType type, String input) {
        float[] expected = floats(input + "." + type + ".dequant.f32le");
        float[] numbers = new float[expected.length];

        BlockCodec.of(type)
                .dequantize(MemorySegment.ofArray(bytes(input + "." + type + ".bin")), 0, numbers, 0, numbers.length);

        Numbers.assertSameBits(numbers, expected);
    }

    @ParameterizedTest
    @EnumSource(names = "Q.*", mode = EnumSource.Mode.MATCH_ALL)
    void quantize_atAnyPlace_givesTheSameBlocks(DType type) {
        int count = 37 * type.blockSize();
        float[] numbers = Numbers.uniform(1, count + 5);
        MemorySegment memory = MemorySegment.ofArray(new byte[(int) type.bytes(count) + 3]);

        BlockCodec.of(type).quantize(numbers, 5, count, memory, 3);

        float[] together = new float[count + 2];
        BlockCodec.of(type).dequantize(memory, 3, together, 2, count);
        for (int block = 0; block < 37; block++) {
            float[] alone = requantized(type, numbers, 5 + block * type.blockSize());
            int at = 2 + block * type.blockSize();
            Numbers.assertSameBits(Arrays.copyOfRange(together, at, at + type.blockSize()), alone);
        }
    }

    private static float[] requantized(DType type, float[] numbers, int at) {
        MemorySegment block = MemorySegment.ofArray(new byte[type.blockBytes()]);
        BlockCodec.of(type).quantize(numbers, at, type.blockSize(), block, 0);
        float[] result = new float[type.blockSize()];
        BlockCodec.of(type).dequantize(block, 0, result, 0, result.length);
        return result;
    }

    @Test
    void dequantize_anyBytes_givesNumbers() {
        for (DType type : EnumSet.range(DType.Q4_0, DType.Q6_K)) {
            byte[] bytes = new byte[type.blockBytes()];
            for (int value : List.of(0, 0x7f, 0x80, 0xff)) {
                Arrays.fill(bytes, (byte) value);
                float[] numbers = new float[type.blockSize()];
                BlockCodec.of(type).dequantize(MemorySegment.ofArray(bytes), 0, numbers, 0, numbers.length);
            }
        }
    }

    @Test
    void of_plainType_isRefused() {
        assertThatThrownBy(() -> BlockCodec.of(DType.F16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("F16 does not store blocks");
    }

    @Test
    void quantize_halfABlock_isRefused() {
        MemorySegment memory = MemorySegment.ofArray(new byte[100]);
        assertThatThrownBy(() -> BlockCodec.of(DType.Q8_0).quantize(new float[48], 0, 48, memory, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("48");
    }

    @Test
    void quantize_pastTheEnd_isRefused() {
        MemorySegment memory = MemorySegment.ofArray(new byte[33]);
        assertThatThrownBy(() -> BlockCodec.of(DType.Q8_0).quantize(new float[32], 0, 32, memory, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static float[] floats(String file) {
        return MemorySegment.ofArray(bytes(file)).toArray(FLOAT);
    }

    private static byte[] bytes(String file) {
        try {
            return Files.readAllBytes(TestData.path("quant/" + file));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
