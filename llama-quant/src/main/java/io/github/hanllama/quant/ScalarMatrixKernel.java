package io.github.hanllama.quant;

import static io.github.hanllama.quant.PackedMatrix.TILE;

import java.lang.foreign.MemorySegment;

/** The specification. */
final class ScalarMatrixKernel implements MatrixKernel {
    @Override
    public void addOne(DType type, MemorySegment weights, long at, int depth, float[] x, int xAt, float[] sums) {
        float[] panel = new float[depth * TILE];
        StoredFloats.read(type, weights, at, panel, 0, panel.length);
        for (int k = 0; k < depth; k++) {
            for (int row = 0; row < TILE; row++) {
                sums[row] = Math.fma(panel[k * TILE + row], x[xAt + k], sums[row]);
            }
        }
    }

    @Override
    public void widen(DType type, MemorySegment weights, long at, MemorySegment panel, int count) {
        float[] numbers = new float[count];
        StoredFloats.read(type, weights, at, numbers, 0, count);
        StoredFloats.write(DType.F32, numbers, 0, count, panel, 0);
    }

    @Override
    public void addTile(MemorySegment weights, long at, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        for (int k = 0; k < depth; k++) {
            for (int t = 0; t < TokenTiles.TILE; t++) {
                float factor = x[xAt + k * TokenTiles.TILE + t];
                int to = sumsAt + t * TILE;
                for (int row = 0; row < TILE; row++) {
                    float weight = weights.get(StoredFloats.FLOAT, at + 4L * (k * TILE + row));
                    sums[to + row] = Math.fma(weight, factor, sums[to + row]);
                }
            }
        }
    }
}
