package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;

/** Frobenius norms, summed in f64 over rows ascending. */
final class Norm {
    private Norm() {}

    static double of(Tensor tensor) {
        return of(tensor::readRows, tensor.info().rows(), (int) tensor.info().rowLength());
    }

    static double of(Delta delta) {
        return of(delta.rows(), delta.rowCount(), delta.columns());
    }

    private static double of(RowSource rows, long count, int columns) {
        double[] sum = {0};
        rows.read(0, count, (firstRow, rowCount, values) -> {
            for (int i = 0; i < rowCount * columns; i++) {
                sum[0] += (double) values[i] * values[i];
            }
        });
        return Math.sqrt(sum[0]);
    }
}
