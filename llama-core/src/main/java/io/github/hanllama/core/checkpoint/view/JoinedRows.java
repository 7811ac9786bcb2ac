package io.github.hanllama.core.checkpoint.view;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import java.util.List;
import java.util.Objects;

/** Matrices of equal width and type, one below the other. */
public final class JoinedRows extends StoredTensor {
    private final List<Tensor> parts;

    private JoinedRows(TensorInfo info, List<Tensor> parts) {
        super(info);
        this.parts = parts;
    }

    public static Tensor of(List<Tensor> parts) {
        TensorInfo first = parts.getFirst().info();
        long rows = parts.stream().mapToLong(part -> part.info().rows()).sum();
        TensorInfo joined = new TensorInfo(first.name(), List.of(rows, first.rowLength()), first.dtype());
        return parts.size() == 1 ? parts.getFirst() : new JoinedRows(joined, List.copyOf(parts));
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        Objects.checkFromToIndex(from, to, info().rows());
        long start = 0;
        for (Tensor part : parts) {
            long offset = start;
            long end = start + part.info().rows();
            if (from < end && to > start) {
                part.readStoredRows(
                        Math.max(from, start) - start,
                        Math.min(to, end) - start,
                        (firstRow, rowCount, bytes) -> sink.accept(offset + firstRow, rowCount, bytes));
            }
            start = end;
        }
    }
}
