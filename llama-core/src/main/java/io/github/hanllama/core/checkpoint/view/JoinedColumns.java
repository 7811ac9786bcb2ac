package io.github.hanllama.core.checkpoint.view;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.Tiles;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Matrices of equal height and type, side by side. */
public final class JoinedColumns extends StoredTensor {
    private final List<Tensor> parts;

    private JoinedColumns(TensorInfo info, List<Tensor> parts) {
        super(info);
        this.parts = parts;
    }

    public static Tensor of(List<Tensor> parts) {
        TensorInfo first = parts.getFirst().info();
        long width = parts.stream().mapToLong(part -> part.info().rowLength()).sum();
        TensorInfo joined = new TensorInfo(first.name(), List.of(first.rows(), width), first.dtype());
        return parts.size() == 1 ? parts.getFirst() : new JoinedColumns(joined, List.copyOf(parts));
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        MemorySegment tile = tile(from, to);
        Tiles.forEach(info(), from, to, (firstRow, rowCount) -> {
            long column = 0;
            for (Tensor part : parts) {
                copy(part, firstRow, rowCount, tile, column);
                column += part.info().rowBytes();
            }
            sink.accept(firstRow, rowCount, tile.asSlice(0, rowCount * info().rowBytes()));
        });
    }

    private void copy(Tensor part, long firstRow, int rowCount, MemorySegment tile, long column) {
        long width = part.info().rowBytes();
        long joinedWidth = info().rowBytes();
        part.readStoredRows(firstRow, firstRow + rowCount, (first, count, bytes) -> {
            for (int row = 0; row < count; row++) {
                long to = (first - firstRow + row) * joinedWidth + column;
                MemorySegment.copy(bytes, row * width, tile, to, width);
            }
        });
    }
}
