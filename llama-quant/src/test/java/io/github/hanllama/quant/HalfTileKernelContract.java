package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 33, 256})
    void startEight_anyDepth_isThatOfTheValues(int depth) {
        int step = depth + 7;
        float[] numbers = numbers(depth);
        float[] x = Numbers.uniform(2, 3 + 8 * step);
        float[] actual = Numbers.uniform(3, 2 + 8 * 50);
        float[] expected = actual.clone();
        kernel().startEight(stored(numbers), AT, depth, x, 3, step, actual, 2, 50);
        specification.startEight(numbers, 0, depth, x, 3, step, expected, 2, 50);
        Numbers.assertSameBits(actual, expected);
    }

    /** An F16 kernel may have a form of its own for what is finite, and not too large. */
    @ParameterizedTest
    @CsvSource({"Infinity, 1", "NaN, 1", "-Infinity, 1", "1, 65536", "1, 65535", "1, Infinity", "1, NaN"})
    void fold_oneNumberIsNotOrdinary_isThatOfTheValues(float number, float query) {
        int depth = 65;
        float[] numbers = numbers(depth);
        numbers[64 * LANES + 17] = number;
        float[] x = Numbers.uniform(2, 4 * depth);
        x[3 * depth + 64] = query;
        float[] expected = Numbers.uniform(3, 4 * LANES);
        float[] one = expected.clone();
        float[] four = expected.clone();
        MemorySegment tile = stored(numbers);
        kernel().foldFour(tile, AT, depth, x, 0, depth, four, 0, LANES);
        for (int i = 0; i < 4; i++) {
            kernel().foldOne(tile, AT, depth, x, i * depth, one, i * LANES);
            specification.foldOne(numbers, 0, depth, x, i * depth, expected, i * LANES);
        }
        Numbers.assertSameBits(one, expected);
        Numbers.assertSameBits(four, expected);

        float[] eightX = Arrays.copyOf(x, 8 * depth);
        float[] eight = Numbers.uniform(3, 8 * LANES);
        float[] expectedEight = eight.clone();
        kernel().startEight(tile, AT, depth, eightX, 0, depth, eight, 0, LANES);
        specification.startEight(numbers, 0, depth, eightX, 0, depth, expectedEight, 0, LANES);
        Numbers.assertSameBits(eight, expectedEight);
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
