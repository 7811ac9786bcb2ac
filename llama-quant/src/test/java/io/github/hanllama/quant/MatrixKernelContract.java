package io.github.hanllama.quant;

import static io.github.hanllama.quant.PackedMatrix.DEPTH;
import static io.github.hanllama.quant.PackedMatrix.STRIP;
import static io.github.hanllama.quant.PackedMatrix.TILE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

abstract class MatrixKernelContract {
    private static final String CASES = """
            F32,  1
            F32,  63
            F32,  207
            F16,  1
            F16,  64
            F16,  207
            BF16, 1
            BF16, 65
            BF16, 207
            """;

    abstract MatrixKernel kernel();

    @ParameterizedTest(name = "{0}, {1} columns")
    @CsvSource(textBlock = CASES)
    void addOne_anyColumns_addsTheParts(DType type, int columns) {
        try (Arena arena = Arena.ofConfined()) {
            int apart = (columns + 1) * STRIP;
            float[] weights = Numbers.withCorners(1, 2 * apart);
            MemorySegment stored = store(arena, type, weights);
            float[] x = Numbers.withCorners(2, columns + 3);
            float[] actual = Numbers.uniform(3, TILE);
            float[] expected = actual.clone();

            kernel().addOne(type, stored, type.bytes(STRIP), type.bytes(apart), x, columns, actual);

            for (int row = 0; row < TILE; row++) {
                int first = row / STRIP * apart + STRIP + row % STRIP;
                for (int from = 0; from < columns; from += DEPTH) {
                    float part = 0;
                    for (int k = from; k < Math.min(from + DEPTH, columns); k++) {
                        part = Math.fma(weights[first + k * STRIP], x[k], part);
                    }
                    expected[row] += part;
                }
            }
            Numbers.assertSameBits(actual, expected);
        }
    }

    /** Of finite numbers only, many of them subnormal, which an F16 kernel may read in a form of their own. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            1e-3,  65535
            1e-3,  65536
            1e-3,  3e38
            1e-6,  1e-38
            6e-8,  1e-45
            60000, 3e38
            """)
    void addOne_finiteF16_addsTheParts(float weight, float largest) {
        int columns = 100;
        try (Arena arena = Arena.ofConfined()) {
            int apart = columns * STRIP;
            float[] weights = scaled(Numbers.uniform(1, 2 * apart), weight);
            MemorySegment stored = store(arena, DType.F16, weights);
            float[] x = scaled(Numbers.uniform(2, columns), Math.min(largest, 100));
            x[columns - 1] = largest;
            float[] actual = Numbers.uniform(3, TILE);
            float[] expected = actual.clone();

            kernel().addOne(DType.F16, stored, 0, DType.F16.bytes(apart), x, columns, actual);
            new ScalarMatrixKernel().addOne(DType.F16, stored, 0, DType.F16.bytes(apart), x, columns, expected);

            Numbers.assertSameBits(actual, expected);
        }
    }

    private static float[] scaled(float[] numbers, float factor) {
        float[] scaled = new float[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            scaled[i] = numbers[i] * factor;
        }
        return scaled;
    }

    /** With infinite weights and NaN among them, and without, which an F16 kernel may tell apart. */
    @ParameterizedTest(name = "{0}, {1} columns, corners {2}")
    @CsvSource(textBlock = """
            F32,  1,  true
            F32,  32, true
            F16,  1,  true
            F16,  31, true
            F16,  32, true
            F16,  32, false
            BF16, 31, true
            BF16, 32, false
            """)
    void addFirst_anyDepth_widensAndAddsTheFold(DType type, int depth, boolean corners) {
        int tokens = TokenTiles.TILE;
        try (Arena arena = Arena.ofConfined()) {
            int apart = (depth + 1) * STRIP;
            float[] weights =
                    corners ? Numbers.withCorners(1, 2 * apart) : scaled(Numbers.uniform(1, 2 * apart), 1e-4f);
            MemorySegment stored = store(arena, type, weights);
            float[] x = Numbers.withCorners(2, tokens * depth + 5);
            float[] panel = new float[WeightPanel.LENGTH];
            float[] wanted = panel.clone();
            float[] actual = Numbers.uniform(3, tokens * TILE);
            float[] expected = actual.clone();

            kernel().addFirst(type, stored, type.bytes(STRIP), type.bytes(apart), depth, panel, 2, x, 5, actual);

            for (int row = 0; row < TILE; row++) {
                for (int k = 0; k < depth; k++) {
                    wanted[WeightPanel.at(row, 2 + k)] = weights[row / STRIP * apart + (k + 1) * STRIP + row % STRIP];
                }
            }
            new ScalarMatrixKernel().addPart(wanted, 2, depth, x, 5, expected, 0);
            Numbers.assertSameBits(panel, wanted);
            Numbers.assertSameBits(actual, expected);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 32, 62})
    void addPart_anyDepth_addsTheFold(int depth) {
        int tokens = TokenTiles.TILE;
        float[] panel = Numbers.withCorners(1, WeightPanel.LENGTH);
        float[] x = Numbers.withCorners(2, tokens * depth + 5);
        float[] actual = Numbers.uniform(3, tokens * TILE + 3);
        float[] expected = actual.clone();

        kernel().addPart(panel, 2, depth, x, 5, actual, 3);

        for (int t = 0; t < tokens; t++) {
            for (int row = 0; row < TILE; row++) {
                float part = 0;
                for (int k = 0; k < depth; k++) {
                    part = Math.fma(weight(panel, row, 2 + k), x[5 + k * tokens + t], part);
                }
                expected[3 + t * TILE + row] += part;
            }
        }
        Numbers.assertSameBits(actual, expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 32, 64})
    void addRow_anyDepth_addsTheFold(int depth) {
        float[] panel = Numbers.withCorners(1, WeightPanel.LENGTH);
        float[] x = Numbers.withCorners(2, depth + 5);
        float[] actual = Numbers.uniform(3, TILE);
        float[] expected = actual.clone();

        kernel().addRow(panel, depth, x, 5, actual);

        for (int row = 0; row < TILE; row++) {
            float part = 0;
            for (int k = 0; k < depth; k++) {
                part = Math.fma(weight(panel, row, k), x[5 + k], part);
            }
            expected[row] += part;
        }
        Numbers.assertSameBits(actual, expected);
    }

    /** From a panel of (2, 64, 32). */
    private static float weight(float[] panel, int row, int column) {
        return panel[row / 32 * 64 * 32 + column * 32 + row % 32];
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void addOne_every16BitWeight_isWidenedExactly(DType type) {
        int count = 0x10000;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stored = arena.allocate(type.bytes(count));
            float[] expected = new float[count];
            float[] actual = new float[count];
            float[] sums = new float[TILE];
            for (int bits = 0; bits < count; bits++) {
                stored.set(StoredFloats.SHORT, type.bytes(bits), (short) bits);
                short weight = (short) bits;
                expected[bits] =
                        0f + (type == DType.F16 ? HalfFloats.f16ToFloat(weight) : HalfFloats.bf16ToFloat(weight));
            }
            for (int from = 0; from < count; from += TILE) {
                Arrays.fill(sums, 0);
                kernel().addOne(type, stored, type.bytes(from), type.bytes(STRIP), new float[] {1}, 1, sums);
                System.arraycopy(sums, 0, actual, from, TILE);
            }
            Numbers.assertSameBits(actual, expected);
        }
    }

    /** Stores the numbers and rounds {@code numbers} to what was stored. */
    private static MemorySegment store(Arena arena, DType type, float[] numbers) {
        MemorySegment stored = arena.allocate(type.bytes(numbers.length));
        StoredFloats.write(type, numbers, 0, numbers.length, stored, 0);
        StoredFloats.read(type, stored, 0, numbers, 0, numbers.length);
        return stored;
    }
}
