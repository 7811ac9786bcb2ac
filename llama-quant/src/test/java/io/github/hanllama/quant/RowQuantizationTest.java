package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.file.Files;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against {@code tools/golden/chatglm_rows.py}: PyTorch's arithmetic, and its repairs of rows that the original breaks. */
class RowQuantizationTest {
    private static final int ROWS = 15;
    private static final int COLUMNS = 64;
    private static final int ZEROS = 2;
    private static final int SCALE_ROUNDED_TO_ZERO = 11;

    @ParameterizedTest
    @EnumSource
    void quantize_isTheOriginalToTheBit(RowQuantization kind) throws IOException {
        float[] rows = floats("rows");
        byte[] packed = new byte[ROWS * kind.bytes(COLUMNS)];
        short[] scales = new short[ROWS];
        for (int row = 0; row < ROWS; row++) {
            scales[row] = kind.quantize(rows, row * COLUMNS, COLUMNS, packed, row * kind.bytes(COLUMNS));
        }

        assertThat(packed).isEqualTo(bytes(name(kind) + ".bin"));
        assertThat(scales).isEqualTo(shorts(name(kind) + ".scale"));
    }

    @ParameterizedTest
    @EnumSource
    void dequantize_isTheOriginalToTheBit(RowQuantization kind) throws IOException {
        byte[] packed = bytes(name(kind) + ".bin");
        short[] scales = shorts(name(kind) + ".scale");
        short[] expected = shorts(name(kind) + ".back");
        float[] values = new float[ROWS * COLUMNS];
        for (int row = 0; row < ROWS; row++) {
            kind.dequantize(packed, row * kind.bytes(COLUMNS), COLUMNS, scales[row], values, row * COLUMNS);
        }

        for (int i = 0; i < values.length; i++) {
            assertThat(HalfFloats.floatToF16(values[i])).isEqualTo(expected[i]);
        }
    }

    @ParameterizedTest
    @EnumSource
    void zeros_stayZeros(RowQuantization kind) throws IOException {
        assertThat(shorts(name(kind) + ".scale")[ZEROS]).isZero();
        assertThat(floats(name(kind) + ".back"))
                .satisfies(back -> assertThat(Arrays.copyOfRange(back, ZEROS * COLUMNS, (ZEROS + 1) * COLUMNS))
                        .containsOnly(0f));
    }

    @Test
    void aScaleThatWouldBeZero_keepsItsRowExactly() throws IOException {
        int at = SCALE_ROUNDED_TO_ZERO * COLUMNS;

        assertThat(Arrays.copyOfRange(floats("int8.back"), at, at + COLUMNS))
                .usingComparatorWithPrecision(0f) // the zeros have lost their signs
                .containsExactly(Arrays.copyOfRange(floats("rows"), at, at + COLUMNS))
                .contains(0x1p-24f);
    }

    @Test
    void everyPairOfNumbers_survivesItsByte() {
        byte[] packed = new byte[1];
        float[] back = new float[2];
        for (int even = -7; even <= 7; even++) {
            for (int odd = -7; odd <= 7; odd++) {
                if (Math.max(Math.abs(even), Math.abs(odd)) == 7) { // so that the scale is 1
                    short scale = RowQuantization.INT4.quantize(new float[] {even, odd}, 0, 2, packed, 0);
                    RowQuantization.INT4.dequantize(packed, 0, 2, scale, back, 0);
                    assertThat(back).containsExactly(even, odd);
                    assertThat(packed[0]).isEqualTo((byte) (even << 4 | odd & 15));
                }
            }
        }
    }

    @Test
    void refusals() {
        assertThatThrownBy(() -> RowQuantization.INT4.bytes(3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("INT4 packs an even number of columns, a row cannot have 3");
        assertThatThrownBy(() -> RowQuantization.INT8.quantize(new float[] {Float.NaN}, 0, 1, new byte[1], 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected finite numbers of f16, found NaN in column 0");
        assertThatThrownBy(() -> RowQuantization.INT8.quantize(new float[] {0.1f}, 0, 1, new byte[1], 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> RowQuantization.INT8.quantize(new float[2], 0, 2, new byte[1], 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static String name(RowQuantization kind) {
        return "int" + kind.bits();
    }

    private static byte[] bytes(String file) throws IOException {
        return Files.readAllBytes(TestData.path("quant/chatglm/" + file));
    }

    private static short[] shorts(String file) throws IOException {
        ShortBuffer buffer = ByteBuffer.wrap(bytes(file + ".f16le"))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asShortBuffer();
        short[] values = new short[buffer.remaining()];
        buffer.get(values);
        return values;
    }

    private static float[] floats(String file) throws IOException {
        short[] stored = shorts(file);
        float[] values = new float[stored.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = HalfFloats.f16ToFloat(stored[i]);
        }
        return values;
    }
}
