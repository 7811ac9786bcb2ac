package io.github.hanllama.quant;

import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * Lanes are columns. A block of columns of {@code a} is copied side by side once (its own stride is often a power of two,
 * which would fight over a few cache lines) and then serves all rows, four at a time.
 */
final class SimdLowRankKernel implements LowRankKernel {
    private static final int BLOCK = 2 * LANES;

    @Override
    public void add(float[] b, int bAt, float[] a, int rank, float scale, float[] tile, int rows) {
        int columns = a.length / rank;
        float[] block = new float[rank * BLOCK];
        float[] rest = new float[BLOCK];
        for (int i = 0; i < columns; i += BLOCK) {
            int width = Math.min(BLOCK, columns - i);
            for (int k = 0; k < rank; k++) {
                System.arraycopy(a, k * columns + i, block, k * BLOCK, width);
            }
            if (width == BLOCK) {
                addBlock(b, bAt, block, scale, tile, i, columns, rows);
            } else {
                addNarrowBlock(b, bAt, block, scale, tile, i, columns, rows, rest);
            }
        }
    }

    private static void addBlock(
            float[] b, int bAt, float[] block, float scale, float[] tile, int at, int columns, int rows) {
        int rank = block.length / BLOCK;
        int o = 0;
        for (; o + 4 <= rows; o += 4) {
            addFourRows(b, bAt + o * rank, block, scale, tile, at + o * columns, columns);
        }
        for (; o < rows; o++) {
            addRow(b, bAt + o * rank, block, scale, tile, at + o * columns);
        }
    }

    /** The last columns: padded to a whole block and cut again. */
    private static void addNarrowBlock(
            float[] b, int bAt, float[] block, float scale, float[] tile, int at, int columns, int rows, float[] rest) {
        int rank = block.length / BLOCK;
        for (int o = 0; o < rows; o++) {
            System.arraycopy(tile, at + o * columns, rest, 0, columns - at);
            addRow(b, bAt + o * rank, block, scale, rest, 0);
            System.arraycopy(rest, 0, tile, at + o * columns, columns - at);
        }
    }

    private static void addFourRows(float[] b, int bAt, float[] block, float scale, float[] tile, int at, int columns) {
        int rank = block.length / BLOCK;
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector low0 = zero, low1 = zero, low2 = zero, low3 = zero;
        FloatVector high0 = zero, high1 = zero, high2 = zero, high3 = zero;
        for (int k = 0; k < rank; k++) {
            FloatVector low = FloatVector.fromArray(FLOAT, block, k * BLOCK);
            FloatVector high = FloatVector.fromArray(FLOAT, block, k * BLOCK + LANES);
            FloatVector factor = FloatVector.broadcast(FLOAT, b[bAt + k]);
            low0 = low.fma(factor, low0);
            high0 = high.fma(factor, high0);
            factor = FloatVector.broadcast(FLOAT, b[bAt + rank + k]);
            low1 = low.fma(factor, low1);
            high1 = high.fma(factor, high1);
            factor = FloatVector.broadcast(FLOAT, b[bAt + 2 * rank + k]);
            low2 = low.fma(factor, low2);
            high2 = high.fma(factor, high2);
            factor = FloatVector.broadcast(FLOAT, b[bAt + 3 * rank + k]);
            low3 = low.fma(factor, low3);
            high3 = high.fma(factor, high3);
        }
        finish(low0, high0, scale, tile, at);
        finish(low1, high1, scale, tile, at + columns);
        finish(low2, high2, scale, tile, at + 2 * columns);
        finish(low3, high3, scale, tile, at + 3 * columns);
    }

    private static void addRow(float[] b, int bAt, float[] block, float scale, float[] tile, int at) {
        int rank = block.length / BLOCK;
        FloatVector low = FloatVector.zero(FLOAT);
        FloatVector high = low;
        for (int k = 0; k < rank; k++) {
            FloatVector factor = FloatVector.broadcast(FLOAT, b[bAt + k]);
            low = FloatVector.fromArray(FLOAT, block, k * BLOCK).fma(factor, low);
            high = FloatVector.fromArray(FLOAT, block, k * BLOCK + LANES).fma(factor, high);
        }
        finish(low, high, scale, tile, at);
    }

    private static void finish(FloatVector low, FloatVector high, float scale, float[] tile, int at) {
        FloatVector.fromArray(FLOAT, tile, at).add(low.mul(scale)).intoArray(tile, at);
        FloatVector.fromArray(FLOAT, tile, at + LANES).add(high.mul(scale)).intoArray(tile, at + LANES);
    }
}
