package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

abstract class HalfTileKernelContract {
    private static final int LANES = HalfTileKernel.ROW;
    private static final long AT = 6;

    private final AttentionKernel specification = new ScalarAttentionKernel();
    private final Arena arena = Arena.ofAuto();

    abstract HalfTileKernel kernel();

    @Test
    void slot_lanesOfAWord_areSixteenApart() {
        assertThat(HalfTileKernel.slot(3 * 32)).isEqualTo(96);
        assertThat(HalfTileKernel.slot(3 * 32 + 16)).isEqualTo(97);
        assertThat(HalfTileKernel.slot(3 * 32 + 15)).isEqualTo(126);
        assertThat(HalfTileKernel.slot(3 * 32 + 31)).isEqualTo(127);
    }

    @Test
    void widen_everyNumber() {
        int rows = 0x10000 / LANES;
        float[] numbers = new float[0x10000];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Float.float16ToFloat((short) i);
        }
        float[] widened = new float[numbers.length + 5];
        kernel().widen(stored(numbers), AT, rows, widened, 5);
        for (int i = 0; i < numbers.length; i++) { // a NaN may be any NaN
            assertThat(Float.floatToIntBits(widened[5 + i])).isEqualTo(Float.floatToIntBits(numbers[i]));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 31, 32, 33, 256})
    void fold_anyDepth_isThatOfTheValues(int depth) {
        int step = depth + 7;
        float[] numbers = numbers(depth);
        MemorySegment tile = stored(numbers);
        float[] x = Numbers.uniform(2, 3 + 4 * step);
        float[] expected = Numbers.uniform(3, 2 + 4 * 50);
        float[] one = expected.clone();
        float[] four = expected.clone();
        kernel().foldFour(tile, AT, depth, x, 3, step, four, 2, 50);
        for (int query = 0; query < 4; query++) {
            kernel().foldOne(tile, AT, depth, x, 3 + query * step, one, 2 + query * 50);
            specification.foldOne(numbers, 0, depth, x, 3 + query * step, expected, 2 + query * 50);
        }
        Numbers.assertSameBits(one, expected);
        Numbers.assertSameBits(four, expected);
    }

    /** What f16 has, every tenth one subnormal. */
    private static float[] numbers(int rows) {
        float[] numbers = Numbers.uniform(1, rows * LANES);
        for (int i = 0; i < numbers.length; i++) {
            float scaled = i % 10 == 0 ? numbers[i] * 0x1p-15f : numbers[i];
            numbers[i] = Float.float16ToFloat(Float.floatToFloat16(scaled));
        }
        return numbers;
    }

    private MemorySegment stored(float[] numbers) {
        MemorySegment tile = arena.allocate(AT + (long) Short.BYTES * numbers.length);
        for (int i = 0; i < numbers.length; i++) {
            long at = AT + (long) Short.BYTES * HalfTileKernel.slot(i);
            tile.set(StoredFloats.SHORT, at, Float.floatToFloat16(numbers[i]));
        }
        return tile;
    }
}
