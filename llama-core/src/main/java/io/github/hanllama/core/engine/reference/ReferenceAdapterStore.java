package io.github.hanllama.core.engine.reference;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.engine.support.AdapterStore;

/** An adapter's matrices in f32, on the heap. */
final class ReferenceAdapterStore implements AdapterStore<float[][]> {
    private final ReferenceWeights weights;
    private long bytes;

    ReferenceAdapterStore(ReferenceWeights weights) {
        this.weights = weights;
    }

    @Override
    public float[][] matrix(Tensor tensor) {
        int columns = (int) tensor.info().rowLength();
        float[][] matrix = new float[Math.toIntExact(tensor.info().rows())][columns];
        tensor.readRows(0, matrix.length, (firstRow, rowCount, values) -> {
            for (int i = 0; i < rowCount; i++) {
                System.arraycopy(values, i * columns, matrix[(int) firstRow + i], 0, columns);
            }
        });
        bytes += (long) Float.BYTES * matrix.length * columns;
        return matrix;
    }

    @Override
    public float[][] base(String name) {
        return weights.matrix(name);
    }

    @Override
    public void readRow(float[][] matrix, int row, float[] target, int at) {
        System.arraycopy(matrix[row], 0, target, at, matrix[row].length);
    }

    @Override
    public long bytes() {
        return bytes;
    }

    /** Nothing to free: the matrices go with the last reference to them. */
    @Override
    public void free() {}
}
