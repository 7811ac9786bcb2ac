package io.github.hanllama.lora;

/**
 * DoRA (arXiv:2402.09353): every row of the updated weight gets the length that was trained for it.
 *
 * <p>Defined to the bit: squares are summed over columns ascending in f64, the root is rounded to f32, and
 * {@code magnitude / length} is rounded to f32 before it multiplies.
 */
final class Magnitudes {
    private Magnitudes() {}

    static void apply(float[] lengths, long firstRow, int rowCount, float[] tile, int columns) {
        for (int row = 0; row < rowCount; row++) {
            float factor = lengths[(int) firstRow + row] / length(tile, row * columns, columns);
            for (int i = row * columns; i < (row + 1) * columns; i++) {
                tile[i] *= factor;
            }
        }
    }

    private static float length(float[] tile, int at, int columns) {
        double sum = 0;
        for (int i = at; i < at + columns; i++) {
            sum += (double) tile[i] * tile[i];
        }
        return (float) Math.sqrt(sum);
    }
}
