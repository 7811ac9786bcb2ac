package io.github.hanllama.lora;

import io.github.hanllama.core.adapter.TensorChange.AddLowRank;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.quant.LowRankUpdate;
import java.util.Optional;

/**
 * {@code base + scale * (b @ a)}, and for DoRA each row then stretched to its magnitude.
 *
 * <p>{@code a} is read whole once per call, {@code b} along with the rows of the base.
 */
record LowRankRows(Tensor base, AddLowRank change) implements RowSource {
    @Override
    public void read(long from, long to, Tensor.RowSink sink) {
        float[] a = Rows.read(change.a(), 0, change.a().info().rows());
        Optional<float[]> magnitude = change.magnitude().map(Rows::readVector);
        RowBuffer buffer = new RowBuffer();
        base.readRows(from, to, (firstRow, rowCount, values) -> {
            int columns = (int) base.info().rowLength();
            float[] tile = buffer.copyOf(values, rowCount * columns);
            update(a, firstRow, rowCount).addTo(tile, 0, rowCount);
            magnitude.ifPresent(lengths -> Magnitudes.apply(lengths, firstRow, rowCount, tile, columns));
            sink.accept(firstRow, rowCount, tile);
        });
    }

    private LowRankUpdate update(float[] a, long firstRow, int rowCount) {
        int rank = (int) change.b().info().rowLength();
        float[] b = Rows.read(change.b(), firstRow, firstRow + rowCount);
        return LowRankUpdate.of(b, a, rank, change.scale());
    }
}
