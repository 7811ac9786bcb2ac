package io.github.hanllama.quant;

import static io.github.hanllama.quant.PackedMatrix.TILE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The specification. */
final class ScalarMatrixKernel implements MatrixKernel {
    @Override
    public void addOne(DType type, MemorySegment weights, long at, int depth, float[] x, int xAt, float[] sums) {
        float[] panel = new float[depth * TILE];
        StoredFloats.read(type, weights, at, panel, 0, panel.length);
        float[] parts = new float[TILE];
        for (int k = 0; k < depth; k++) {
            for (int row = 0; row < TILE; row++) {
                parts[row] = Math.fma(panel[k * TILE + row], x[xAt + k], parts[row]);
            }
        }
        for (int row = 0; row < TILE; row++) {
            sums[row] += parts[row];
        }
    }

    @Override
    public void foldPanel(float[] panel, int depth, float[] x, int xAt, float[] parts) {
        Arrays.fill(parts, 0);
        for (int k = 0; k < depth; k++) {
            for (int t = 0; t < TokenTiles.TILE; t++) {
                float factor = x[xAt + k * TokenTiles.TILE + t];
                for (int row = 0; row < TILE; row++) {
                    int part = t * TILE + row;
                    parts[part] = Math.fma(panel[k * TILE + row], factor, parts[part]);
                }
            }
        }
    }

    @Override
    public void foldTile(MemorySegment weights, long at, int depth, float[] x, int xAt, float[] parts) {
        float[] panel = new float[depth * TILE];
        StoredFloats.read(DType.F32, weights, at, panel, 0, panel.length);
        foldPanel(panel, depth, x, xAt, parts);
    }
}
