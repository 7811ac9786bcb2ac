package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

abstract class LowRankKernelContract {
    private static final String SIZES = """
            rows, rank, columns
            1,    1,    1
            3,    8,    15
            4,    8,    16
            5,    2,    17
            7,    64,   207
            16,   3,    4098
            """;

    abstract LowRankKernel kernel();

    @ParameterizedTest
    @CsvSource(textBlock = SIZES, useHeadersInDisplayName = true)
    void add_anySize_isTheDefinitionToTheBit(int rows, int rank, int columns) {
        float[] b = Numbers.withCorners(1, (rows + 1) * rank);
        float[] a = Numbers.withCorners(2, rank * columns);
        float[] base = Numbers.withCorners(3, rows * columns);
        float scale = 1.7f;

        float[] actual = base.clone();
        kernel().add(b, rank, a, rank, scale, actual, rows);

        float[] expected = base.clone();
        for (int o = 0; o < rows; o++) {
            for (int i = 0; i < columns; i++) {
                float sum = 0;
                for (int k = 0; k < rank; k++) {
                    sum = Math.fma(b[(o + 1) * rank + k], a[k * columns + i], sum);
                }
                expected[o * columns + i] = base[o * columns + i] + sum * scale;
            }
        }
        Numbers.assertSameBits(actual, expected);
    }

    @ParameterizedTest
    @CsvSource(textBlock = SIZES, useHeadersInDisplayName = true)
    void add_anySize_isNearTheDoubleProduct(int rows, int rank, int columns) {
        float[] b = Numbers.uniform(4, rows * rank);
        float[] a = Numbers.uniform(5, rank * columns);
        float[] base = Numbers.uniform(6, rows * columns);

        float[] actual = base.clone();
        kernel().add(b, 0, a, rank, 0.5f, actual, rows);

        for (int o = 0; o < rows; o++) {
            for (int i = 0; i < columns; i++) {
                double sum = 0;
                for (int k = 0; k < rank; k++) {
                    sum += (double) b[o * rank + k] * a[k * columns + i];
                }
                assertThat((double) actual[o * columns + i])
                        .isCloseTo(base[o * columns + i] + 0.5 * sum, within(1e-7 * (rank + 2)));
            }
        }
    }
}
