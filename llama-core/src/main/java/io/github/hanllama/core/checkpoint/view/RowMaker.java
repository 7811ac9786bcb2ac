package io.github.hanllama.core.checkpoint.view;

import io.github.hanllama.core.checkpoint.NewRows;
import io.github.hanllama.core.checkpoint.Tensor;
import java.util.Arrays;
import java.util.Random;

/** Makes the values of new rows of one matrix, before they are rounded to its type. Thread-safe. */
final class RowMaker {
    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L; // spreads neighbouring numbers over all seeds

    private final Tensor base;
    private final NewRows kind;
    private float[] mean = {};

    RowMaker(Tensor base, NewRows kind) {
        this.base = base;
        this.kind = kind;
    }

    /** @param row of the new matrix */
    void make(long row, float[] target, int at) {
        int length = (int) base.info().rowLength();
        switch (kind) {
            case NewRows.Mean _ -> System.arraycopy(mean(), 0, target, at, length);
            case NewRows.Zero _ -> Arrays.fill(target, at, at + length, 0);
            case NewRows.Normal normal -> {
                long name = base.info().name().hashCode();
                Random random = new Random((normal.seed() * 31 + name) * 31 + (row + 1) * GOLDEN_RATIO);
                for (int i = 0; i < length; i++) {
                    target[at + i] = (float) (normal.deviation() * random.nextGaussian());
                }
            }
        }
    }

    /** Summed over rows ascending in f64, rounded to f32. */
    private synchronized float[] mean() {
        if (mean.length == 0) {
            int length = (int) base.info().rowLength();
            double[] sums = new double[length];
            base.readRows(0, base.info().rows(), (firstRow, rowCount, values) -> {
                for (int i = 0; i < rowCount * length; i++) {
                    sums[i % length] += values[i];
                }
            });
            float[] result = new float[length];
            for (int i = 0; i < length; i++) {
                result[i] = (float) (sums[i] / base.info().rows());
            }
            mean = result;
        }
        return mean;
    }
}
