package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/**
 * A computed tensor, rounded once, to the nearest value of its type (ties to even). Read as f32 it gives the rounded
 * values too, so that merging while loading equals merging, writing and loading.
 *
 * @param origin whose change this is, for messages
 */
record RoundedTensor(TensorInfo info, RowSource source, String origin) implements Tensor {
    @Override
    public Optional<MemorySegment> raw() {
        return Optional.empty();
    }

    @Override
    public void readRows(long from, long to, RowSink sink) {
        read(from, to, (firstRow, rowCount, values, bytes) -> sink.accept(firstRow, rowCount, values));
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        read(from, to, (firstRow, rowCount, values, bytes) -> sink.accept(firstRow, rowCount, bytes));
    }

    private void read(long from, long to, TileSink sink) {
        Objects.checkFromToIndex(from, to, info.rows());
        Tile tile = new Tile();
        source.read(from, to, (firstRow, rowCount, values) -> {
            tile.round(info, rowCount, values);
            requireFinite(tile.values, firstRow, rowCount);
            sink.accept(firstRow, rowCount, tile.values, tile.bytes.asSlice(0, rowCount * info.rowBytes()));
        });
    }

    private void requireFinite(float[] values, long firstRow, int rowCount) {
        int infinite = 0;
        for (int i = 0; i < rowCount * (int) info.rowLength(); i++) {
            infinite += Float.isFinite(values[i]) ? 0 : 1;
        }
        if (infinite > 0) {
            throw new AdapterMismatchException(origin + ": " + info.name() + ": " + infinite + " of the values in rows "
                    + firstRow + ".." + (firstRow + rowCount - 1) + " are infinite or not numbers as " + info.dtype()
                    + " after merging; is it the right base?");
        }
    }

    private interface TileSink {
        void accept(long firstRow, int rowCount, float[] values, MemorySegment bytes);
    }

    /** The rounded values of one tile, as numbers and as stored; on the heap, so that any thread may look. */
    private static final class Tile {
        private float[] values = {};
        private MemorySegment bytes = MemorySegment.NULL;

        void round(TensorInfo info, int rowCount, float[] exact) {
            int count = Math.multiplyExact(rowCount, (int) info.rowLength());
            if (values.length < count) {
                values = new float[count];
                bytes = MemorySegment.ofArray(new long[Math.ceilDiv(rowCount * (int) info.rowBytes(), Long.BYTES)]);
            }
            StoredFloats.write(info.dtype(), exact, 0, count, bytes, 0);
            StoredFloats.read(info.dtype(), bytes, 0, values, 0, count);
        }
    }
}
