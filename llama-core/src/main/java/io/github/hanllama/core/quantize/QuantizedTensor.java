package io.github.hanllama.core.quantize;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.Tiles;
import io.github.hanllama.quant.BlockCodec;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/** A tensor in another type, converted tile by tile whenever it is read; measures the loss if it is to. */
final class QuantizedTensor implements Tensor {
    private final Tensor source;
    private final TensorInfo info;
    private final float[] importance; // of each column, or empty
    private final boolean measured;
    private TensorLoss loss = TensorLoss.NONE;

    QuantizedTensor(Tensor source, DType type, float[] importance, boolean measured) {
        this.source = source;
        this.info = new TensorInfo(source.info().name(), source.info().shape(), type);
        this.importance = importance;
        this.measured = measured;
    }

    @Override
    public TensorInfo info() {
        return info;
    }

    @Override
    public Optional<MemorySegment> raw() {
        return Optional.empty();
    }

    /** Of everything read so far. */
    synchronized TensorLoss loss() {
        return loss;
    }

    private synchronized void add(TensorLoss more) {
        loss = loss.plus(more);
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        Objects.checkFromToIndex(from, to, info.rows());
        long tileRows = Math.min(to - from, Tiles.rows(info.rowLength()));
        MemorySegment tile = MemorySegment.ofArray(new byte[Math.toIntExact(tileRows * info.rowBytes())]);
        float[] after = new float[measured ? Math.toIntExact(tileRows * info.rowLength()) : 0];
        source.readRows(from, to, (firstRow, rowCount, values) -> {
            quantize(values, rowCount, tile);
            if (measured) {
                dequantize(tile, rowCount, after);
                add(TensorLoss.between(values, after, count(rowCount)));
            }
            sink.accept(firstRow, rowCount, tile.asSlice(0, rowCount * info.rowBytes()));
        });
    }

    @Override
    public void readRows(long from, long to, RowSink sink) {
        Objects.checkFromToIndex(from, to, info.rows());
        long tileRows = Math.min(to - from, Tiles.rows(info.rowLength()));
        float[] values = new float[Math.toIntExact(tileRows * info.rowLength())];
        readStoredRows(from, to, (firstRow, rowCount, tile) -> {
            dequantize(tile, rowCount, values);
            sink.accept(firstRow, rowCount, values);
        });
    }

    private int count(int rows) {
        return Math.toIntExact(rows * info.rowLength());
    }

    private void quantize(float[] values, int rows, MemorySegment tile) {
        if (importance.length == 0) {
            StoredFloats.write(info.dtype(), values, 0, count(rows), tile, 0);
            return;
        }
        BlockCodec codec = BlockCodec.of(info.dtype());
        for (int row = 0; row < rows; row++) {
            codec.quantizeRow(values, count(row), importance, tile, row * info.rowBytes());
        }
    }

    private void dequantize(MemorySegment tile, int rows, float[] values) {
        StoredFloats.read(info.dtype(), tile, 0, values, 0, count(rows));
    }
}
