package io.github.hanllama.pytorch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.engine.support.AdapterStore;

/** An adapter's matrices in f32. */
final class EagerAdapterStore implements AdapterStore<NDArray> {
    private final Torch torch;
    private final EagerWeights weights;
    private final TorchScope owner;
    private long bytes;

    EagerAdapterStore(Torch torch, EagerWeights weights) {
        this.torch = torch;
        this.weights = weights;
        this.owner = torch.newScope();
    }

    @Override
    public NDArray matrix(Tensor tensor) {
        int rows = Math.toIntExact(tensor.info().rows());
        int columns = Math.toIntExact(tensor.info().rowLength());
        NDArray target = torch.call(() -> owner.manager().create(new Shape(rows, columns)));
        tensor.readRows(0, rows, (row, count, values) -> EagerWeights.put(torch, target, row, values, count, columns));
        bytes += (long) Float.BYTES * rows * columns;
        return target;
    }

    @Override
    public NDArray base(String name) {
        return weights.matrix(name);
    }

    @Override
    public void readRow(NDArray matrix, int row, float[] target, int at) {
        float[] values = torch.call(() -> {
            try (NDArray one = matrix.get(row)) {
                return one.toFloatArray();
            }
        });
        System.arraycopy(values, 0, target, at, values.length);
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void free() {
        torch.run(owner::close);
    }
}
