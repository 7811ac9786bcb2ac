package io.github.hanllama.pytorch;

import ai.djl.pytorch.engine.PtNDArray;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.engine.support.AdapterStore;
import java.util.List;
import java.util.Optional;

/** An adapter's matrices on the model's first device, in what the model computes in. */
final class TorchAdapterStore implements AdapterStore<TorchMatrix> {
    private final Torch torch;
    private final TorchPlan plan;
    private final TorchWeights weights;
    private final TorchScope owner;
    private final WeightLoader loader;
    private TorchScope unpacked;
    private Optional<PackedMatrices.Place> unpackedPlace = Optional.empty();
    private List<PtNDArray> unpackedTensors = List.of();
    private long bytes;

    TorchAdapterStore(Torch torch, TorchPlan plan, TorchWeights weights) {
        this.torch = torch;
        this.plan = plan;
        this.weights = weights;
        this.owner = torch.newScope();
        this.unpacked = torch.newScope();
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
        List<PtNDArray> tensors = matrix.packed().isEmpty() ? matrix.tensors() : unpacked(matrix.packed());
        float[] values = torch.call(call -> torch.tensors().row(call, tensors, matrix.firstRow() + row));
        System.arraycopy(values, 0, target, at, values.length);
    }

    /** Kept until another is asked for: a matrix is read row by row. */
    private List<PtNDArray> unpacked(Optional<PackedMatrices.Place> place) {
        if (!place.equals(unpackedPlace)) {
            torch.run(unpacked::close);
            unpacked = torch.newScope();
            unpackedTensors = place.orElseThrow().unpack(unpacked);
            unpackedPlace = place;
        }
        return unpackedTensors;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void free() {
        torch.run(unpacked::close);
        torch.run(owner::close);
    }
}
