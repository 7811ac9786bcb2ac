package io.github.hanllama.lora;

import io.github.hanllama.core.adapter.TensorChange.AddLowRank;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.Tiles;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.LowRankUpdate;
import java.util.Optional;

/** What an adapter adds to a base, tensor by tensor, whatever its kind. */
record AdapterDeltas(Checkpoint base, LoraWeights adapter) {
    /** The two must have been found to fit. */
    static AdapterDeltas of(Checkpoint base, LoraWeights adapter) {
        boolean vocabulary = LoraInfo.BY_VOCABULARY.stream().anyMatch(adapter.changedTensors()::contains);
        if (base.config().tieWordEmbeddings() && vocabulary) {
            throw new UnsupportedModelException(adapter.origin() + ": changes the embedding of " + base.origin()
                    + ", which is its head, too; what would be added to which of the two cannot be told apart");
        }
        return new AdapterDeltas(base, adapter);
    }

    /** Empty where it leaves the tensor alone. */
    Optional<Delta> delta(String name) {
        Optional<Tensor> whole = adapter.whole(name);
        Optional<AddLowRank> addition = adapter.addition(name);
        Tensor below = base.tensor(name);
        if (whole.isPresent()) {
            Tensor start = whole.get();
            Tensor sum = addition.<Tensor>map(change -> computed(start, new LowRankRows(start, change)))
                    .orElse(start);
            return Optional.of(Delta.between(sum, below));
        }
        return addition.map(change -> added(name, below, change));
    }

    private Delta added(String name, Tensor below, AddLowRank change) {
        TensorInfo info = below.info();
        if (change.magnitude().isPresent()) { // DoRA turns the whole row
            return Delta.between(computed(below, new LowRankRows(below, change)), below);
        }
        int rank = Math.min((int) change.a().info().rows(), Delta.fullRank(info));
        return new Delta(name, info.shape(), info.rows(), rank, new PairRows(info, change));
    }

    private Tensor computed(Tensor like, RowSource rows) {
        TensorInfo info = new TensorInfo(like.info().name(), like.info().shape(), DType.F32);
        return new RoundedTensor(info, rows, adapter.origin());
    }

    /** {@code scale * (b @ a)} alone. */
    private record PairRows(TensorInfo info, AddLowRank change) implements RowSource {
        @Override
        public void read(long from, long to, Tensor.RowSink sink) {
            float[] a = Rows.read(change.a(), 0, change.a().info().rows());
            int columns = (int) info.rowLength();
            Tiles.forEach(info, from, to, (firstRow, rowCount) -> {
                float[] tile = new float[rowCount * columns];
                float[] b = Rows.read(change.b(), firstRow, firstRow + rowCount);
                LowRankUpdate.of(b, a, (int) change.b().info().rowLength(), change.scale())
                        .addTo(tile, 0, rowCount);
                sink.accept(firstRow, rowCount, tile);
            });
        }
    }
}
