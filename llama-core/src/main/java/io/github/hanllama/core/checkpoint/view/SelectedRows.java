package io.github.hanllama.core.checkpoint.view;

import io.github.hanllama.core.checkpoint.NewRows;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.Tiles;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/** A matrix of rows of another, as stored, in any order, and of new ones. */
public final class SelectedRows extends StoredTensor {
    public static final int NEW = -1;

    private final Tensor base;
    private final List<Integer> sources; // by row: a row of the base, or NEW
    private final RowMaker maker;

    public SelectedRows(Tensor base, List<Integer> sources, NewRows newRows) {
        super(new TensorInfo(
                base.info().name(),
                List.of((long) sources.size(), base.info().rowLength()),
                base.info().dtype()));
        this.base = base;
        this.sources = sources;
        this.maker = new RowMaker(base, newRows);
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        Objects.checkFromToIndex(from, to, info().rows());
        MemorySegment tile = tile(from, to);
        Tiles.forEach(info(), from, to, (firstRow, rowCount) -> {
            for (int row = 0; row < rowCount; ) {
                row += fill(tile, row, (int) firstRow + row, rowCount - row);
            }
            sink.accept(firstRow, rowCount, tile.asSlice(0, rowCount * info().rowBytes()));
        });
    }

    /** Fills as many rows as one read of the base gives, or one new one, and says how many. */
    private int fill(MemorySegment tile, int at, int row, int count) {
        int source = sources.get(row);
        long rowBytes = info().rowBytes();
        if (source == NEW) {
            float[] values = new float[(int) info().rowLength()];
            maker.make(row, values, 0);
            StoredFloats.write(info().dtype(), values, 0, values.length, tile, at * rowBytes);
            return 1;
        }
        int run = 1;
        while (run < count && sources.get(row + run) == source + run) {
            run++;
        }
        base.readStoredRows(
                source,
                source + run,
                (first, rows, bytes) ->
                        MemorySegment.copy(bytes, 0, tile, (at + first - source) * rowBytes, rows * rowBytes));
        return run;
    }
}
