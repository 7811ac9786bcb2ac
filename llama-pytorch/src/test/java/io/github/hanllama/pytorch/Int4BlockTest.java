package io.github.hanllama.pytorch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.quant.BlockCodec;
import io.github.hanllama.quant.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Int4BlockTest {
    private static final int COLUMNS = 96;

    private final Random random = new Random(5);

    /** What the codec reads from the same bytes. */
    @ParameterizedTest
    @CsvSource({"32, 64", "16, 32", "16, 20", "32, 1"})
    void levelsAndScales_areTheStoredOnes(int half, int rows) {
        Int4Block block = new Int4Block(COLUMNS, half);
        block.add(stored(new float[COLUMNS]), 0);
        block.clear(); // nothing is left of what was there
        float[][] expected = new float[rows][COLUMNS];
        for (int row = 0; row < rows; row++) {
            assertThat(block.full()).isFalse();
            MemorySegment stored = stored(values());
            BlockCodec.of(DType.Q4_0).dequantize(stored, 0, expected[row], 0, COLUMNS);
            block.add(stored, 0);
        }
        assertThat(block.full()).isEqualTo(rows == 2 * half);
        assertThat(values(block, half)).isDeepEqualTo(expected);
    }

    private float[] values() {
        float[] values = new float[COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static MemorySegment stored(float[] values) {
        MemorySegment stored = MemorySegment.ofArray(new byte[(int) DType.Q4_0.bytes(COLUMNS)]);
        BlockCodec.of(DType.Q4_0).quantize(values, 0, COLUMNS, stored, 0);
        return stored;
    }

    /** As the scripts read it. */
    private static float[][] values(Int4Block block, int half) {
        ByteBuffer levels = block.levels();
        FloatBuffer scales = block.scales().order(ByteOrder.nativeOrder()).asFloatBuffer();
        assertThat(levels.remaining()).isEqualTo(COLUMNS * half);
        assertThat(scales.remaining()).isEqualTo(block.rows() * COLUMNS / Int4Script.GROUP);
        float[][] values = new float[block.rows()][COLUMNS];
        for (int row = 0; row < block.rows(); row++) {
            for (int column = 0; column < COLUMNS; column++) {
                int level = levels.get(column * half + row % half) >> (row < half ? 0 : 4) & 15;
                float scale = scales.get((row * COLUMNS + column) / Int4Script.GROUP);
                values[row][column] = (level - 8) * scale;
            }
        }
        return values;
    }
}
