package io.github.hanllama.core.checkpoint.rowquantized;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.Tiles;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.quant.HalfFloats;
import io.github.hanllama.quant.RowQuantization;

/** Rows of any type, rounded to f16, which is what the scheme starts from. */
final class HalfRows {
    private HalfRows() {}

    static void read(Tensor matrix, long from, long to, Tensor.RowSink sink) {
        int columns = (int) matrix.info().rowLength();
        float[] rounded = new float[Math.toIntExact(Math.min(to - from, Tiles.rows(columns)) * columns)];
        matrix.readRows(from, to, (firstRow, rowCount, values) -> {
            for (int i = 0; i < rowCount * columns; i++) {
                rounded[i] = HalfFloats.f16ToFloat(HalfFloats.floatToF16(values[i]));
            }
            sink.accept(firstRow, rowCount, rounded);
        });
    }

    /** @param index of the row among {@code values} */
    static short quantize(
            Tensor matrix, RowQuantization kind, long row, float[] values, int index, byte[] target, int to) {
        int columns = (int) matrix.info().rowLength();
        try {
            return kind.quantize(values, index * columns, columns, target, to);
        } catch (IllegalArgumentException e) {
            throw new UnsupportedModelException(
                    matrix.info().name() + ": row " + row + " as F16: " + e.getMessage(), e);
        }
    }
}
