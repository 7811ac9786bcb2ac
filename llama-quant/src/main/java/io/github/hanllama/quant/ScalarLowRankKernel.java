package io.github.hanllama.quant;

import java.util.Arrays;

/** The specification. */
final class ScalarLowRankKernel implements LowRankKernel {
    @Override
    public void add(float[] b, int bAt, float[] a, int rank, float scale, float[] tile, int rows) {
        int columns = a.length / rank;
        float[] delta = new float[columns];
        for (int o = 0; o < rows; o++) {
            Arrays.fill(delta, 0);
            for (int k = 0; k < rank; k++) {
                float factor = b[bAt + o * rank + k];
                for (int i = 0; i < columns; i++) {
                    delta[i] = Math.fma(factor, a[k * columns + i], delta[i]);
                }
            }
            for (int i = 0; i < columns; i++) {
                tile[o * columns + i] += delta[i] * scale;
            }
        }
    }
}
