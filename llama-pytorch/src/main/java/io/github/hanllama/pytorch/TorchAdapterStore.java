package io.github.hanllama.pytorch;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.engine.support.AdapterStore;

/** An adapter's matrices on the model's first device, in what the model computes in. */
final class TorchAdapterStore implements AdapterStore<TorchMatrix> {
    private final Torch torch;
    private final TorchPlan plan;
    private final TorchWeights weights;
    private final TorchScope owner;
    private final WeightLoader loader;
    private long bytes;

    TorchAdapterStore(Torch torch, TorchPlan plan, TorchWeights weights) {
        this.torch = torch;
        this.plan = plan;
        this.weights = weights;
        this.owner = torch.newScope();
        this.loader = new WeightLoader(torch, owner, plan.type().computed(), plan);
    }

    @Override
    public TorchMatrix matrix(Tensor tensor) {
        TorchMatrix matrix = loader.copy(tensor, plan.firstDevice());
        bytes += (long) plan.type().computed().bytes() * matrix.rows() * matrix.columns();
        return matrix;
    }

    @Override
    public TorchMatrix base(String name) {
        return weights.matrix(name);
    }

    @Override
    public void readRow(TorchMatrix matrix, int row, float[] target, int at) {
        float[] values = torch.call(call -> torch.tensors().row(call, matrix, row));
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
