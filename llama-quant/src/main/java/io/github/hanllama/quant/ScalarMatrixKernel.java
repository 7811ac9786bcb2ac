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
    public void widen(DType type, MemorySegment weights, long at, MemorySegment panel, int count) {
        float[] numbers = new float[count];
        StoredFloats.read(type, weights, at, numbers, 0, count);
        StoredFloats.write(DType.F32, numbers, 0, count, panel, 0);
    }

    @Override
    public void foldTile(MemorySegment weights, long at, int depth, float[] x, int xAt, float[] parts) {
        Arrays.fill(parts, 0);
        for (int k = 0; k < depth; k++) {
            for (int t = 0; t < TokenTiles.TILE; t++) {
                float factor = x[xAt + k * TokenTiles.TILE + t];
                for (int row = 0; row < TILE; row++) {
                    float weight = weights.get(StoredFloats.FLOAT, at + 4L * (k * TILE + row));
                    parts[t * TILE + row] = Math.fma(weight, factor, parts[t * TILE + row]);
                }
            }
        }
    }
}
