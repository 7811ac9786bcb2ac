package io.github.hanllama.quant;

import static io.github.hanllama.quant.PackedMatrix.DEPTH;
import static io.github.hanllama.quant.PackedMatrix.STRIP;
import static io.github.hanllama.quant.PackedMatrix.TILE;

import java.lang.foreign.MemorySegment;

/** The specification. */
final class ScalarMatrixKernel implements MatrixKernel {
    @Override
    public void addOne(DType type, MemorySegment weights, long at, long apart, float[] x, int columns, float[] sums) {
        for (int k = 0; k < columns; k += DEPTH) {
            int depth = Math.min(DEPTH, columns - k);
            long from = at + type.bytes((long) k * STRIP);
            addOne(read(type, weights, from, depth), depth, x, k, sums, 0);
            addOne(read(type, weights, from + apart, depth), depth, x, k, sums, STRIP);
        }
    }

    @Override
    public void addFirst(
            DType type,
            MemorySegment weights,
            long at,
            long apart,
            int depth,
            float[] panel,
            int column,
            float[] x,
            int xAt,
            float[] sums) {
        for (int row = 0; row < TILE; row += STRIP) {
            long from = at + row / STRIP * apart;
            StoredFloats.read(type, weights, from, panel, WeightPanel.at(row, column), depth * STRIP);
        }
        addPart(panel, column, depth, x, xAt, sums, 0);
    }

    private static void addOne(float[] strip, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        float[] parts = new float[STRIP];
        for (int k = 0; k < depth; k++) {
            fold(strip, k * STRIP, STRIP, x[xAt + k], parts, 0);
        }
        for (int row = 0; row < STRIP; row++) {
            sums[sumsAt + row] += parts[row];
        }
    }

    @Override
    public void addPart(float[] panel, int column, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        for (int t = 0; t < TokenTiles.TILE; t++) {
            addPart(panel, column, depth, x, xAt + t, TokenTiles.TILE, sums, sumsAt + t * TILE);
        }
    }

    @Override
    public void addRow(float[] panel, int depth, float[] x, int xAt, float[] sums) {
        addPart(panel, 0, depth, x, xAt, 1, sums, 0);
    }

    private static void addPart(
            float[] panel, int column, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt) {
        float[] parts = new float[TILE];
        for (int k = 0; k < depth; k++) {
            for (int row = 0; row < TILE; row += STRIP) {
                fold(panel, WeightPanel.at(row, column + k), STRIP, x[xAt + k * xStep], parts, row);
            }
        }
        for (int row = 0; row < TILE; row++) {
            sums[sumsAt + row] += parts[row];
        }
    }

    private static float[] read(DType type, MemorySegment weights, long at, int depth) {
        float[] strip = new float[depth * STRIP];
        StoredFloats.read(type, weights, at, strip, 0, strip.length);
        return strip;
    }

    private static void fold(float[] weights, int at, int rows, float factor, float[] parts, int partsAt) {
        for (int row = 0; row < rows; row++) {
            parts[partsAt + row] = Math.fma(weights[at + row], factor, parts[partsAt + row]);
        }
    }
}
