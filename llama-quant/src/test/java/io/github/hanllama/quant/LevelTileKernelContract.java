package io.github.hanllama.quant;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

abstract class LevelTileKernelContract {
    private static final int LANES = LevelTileKernel.ROW;
    private static final int SCALES = 5;
    private static final long AT = 3;

    private final AttentionKernel specification = new ScalarAttentionKernel();
    private final Arena arena = Arena.ofAuto();

    abstract LevelTileKernel kernel();

    @ParameterizedTest(name = "{1}, {0} rows")
    @CsvSource({"1, KEYS", "31, KEYS", "32, KEYS", "1, VALUES", "31, VALUES", "32, VALUES"})
    void widen_everyLevel(int rows, KvSide side) {
        float[] scales = Numbers.uniform(rows, SCALES + LANES);
        float[] widened = new float[rows * LANES + 1];
        kernel().widen(side, levels(rows), AT, rows, scales, SCALES, widened, 1);
        Numbers.assertSameBits(Arrays.copyOfRange(widened, 1, widened.length), values(side, rows, scales));
    }

    @ParameterizedTest(name = "{1}, {0} rows")
    @CsvSource({
        "0, KEYS",
        "1, KEYS",
        "2, KEYS",
        "31, KEYS",
        "32, KEYS",
        "0, VALUES",
        "1, VALUES",
        "2, VALUES",
        "31, VALUES",
        "32, VALUES"
    })
    void fold_anyDepth_isThatOfTheValues(int depth, KvSide side) {
        int step = depth + 7;
        float[] scales = Numbers.uniform(4, SCALES + LANES);
        float[] values = values(side, depth, scales);
        float[] x = Numbers.uniform(5, 3 + 4 * step);
        float[] expected = Numbers.uniform(6, 2 + 4 * 50);
        float[] one = expected.clone();
        float[] four = expected.clone();
        kernel().foldFour(side, levels(depth), AT, depth, scales, SCALES, x, 3, step, four, 2, 50);
        for (int query = 0; query < 4; query++) {
            int xAt = 3 + query * step;
            kernel().foldOne(side, levels(depth), AT, depth, scales, SCALES, x, xAt, one, 2 + query * 50);
            specification.foldOne(values, 0, depth, x, xAt, expected, 2 + query * 50);
        }
        Numbers.assertSameBits(one, expected);
        Numbers.assertSameBits(four, expected);
    }

    private MemorySegment levels(int rows) {
        MemorySegment levels = arena.allocate(AT + (long) rows * LANES);
        for (int i = 0; i < rows * LANES; i++) {
            levels.set(ValueLayout.JAVA_BYTE, AT + i, level(i));
        }
        return levels;
    }

    private static byte level(int index) {
        return (byte) (index * 37);
    }

    private static float[] values(KvSide side, int rows, float[] scales) {
        float[] values = new float[rows * LANES];
        for (int i = 0; i < values.length; i++) {
            int position = side == KvSide.KEYS ? i % LANES : i / LANES;
            values[i] = level(i) * scales[SCALES + position];
        }
        return values;
    }
}
