package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.util.EnumSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatrixInputTest {
    private static final int COLUMNS = 224; // the last tile of them is half full

    @ParameterizedTest
    @CsvSource({"F32, 1", "F32, 6", "INT8, 1", "INT8, 6", "INT8_MANY, 1", "INT8_MANY, 6"})
    void pack_columnsInAnyOrder_isAllOfThem(InputForm form, int tokens) {
        try (Arena arena = Arena.ofConfined()) {
            PackedMatrix matrix = new RandomBlocks(DType.Q4_0, 40, COLUMNS, 1).pack(arena);
            float[] rows = Numbers.uniform(2, tokens * COLUMNS);
            MatrixInput whole = input(tokens, form);
            MatrixInput pieces = input(tokens, form);
            for (int tile = whole.tiles() - 1; tile >= 0; tile--) {
                whole.pack(tile, rows);
                pieces.pack(tile, 128, COLUMNS, rows);
                pieces.pack(tile, 0, 64, rows);
                pieces.pack(tile, 64, 128, rows);
            }

            Numbers.assertSameBits(product(matrix, pieces, form), product(matrix, whole, form));
        }
    }

    @Test
    void pack_partOfATileOfColumns_isRefused() {
        MatrixInput input = input(1, InputForm.F32);
        assertThatThrownBy(() -> input.pack(0, 32, 64, new float[COLUMNS]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("columns are packed by 64, was 32 to 64 of 224");
        assertThatThrownBy(() -> input.pack(0, 0, COLUMNS + 1, new float[COLUMNS + 1]))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static MatrixInput input(int tokens, InputForm form) {
        MatrixInput input = new MatrixInput(COLUMNS);
        input.begin(IntStream.range(0, tokens).toArray(), EnumSet.of(form));
        return input;
    }

    private static float[] product(PackedMatrix matrix, MatrixInput input, InputForm form) {
        float[] y = new float[input.size() * matrix.rows()];
        matrix.multiply(0, matrix.tiles(), input, form, y);
        return y;
    }
}
