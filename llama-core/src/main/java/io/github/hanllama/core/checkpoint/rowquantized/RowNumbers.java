package io.github.hanllama.core.checkpoint.rowquantized;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.view.StoredTensor;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.RowQuantization;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/** The whole numbers of a matrix, quantized when they are read; no reals, so only to be read as stored. */
final class RowNumbers extends StoredTensor {
    private final Tensor matrix;
    private final RowQuantization kind;

    RowNumbers(Tensor matrix, RowQuantization kind) {
        super(new TensorInfo(
                matrix.info().name(),
                List.of(matrix.info().rows(), (long)
                        kind.bytes(Math.toIntExact(matrix.info().rowLength()))),
                DType.I8));
        this.matrix = matrix;
        this.kind = kind;
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        Objects.checkFromToIndex(from, to, info().rows());
        int rowBytes = (int) info().rowBytes();
        HalfRows.read(matrix, from, to, (firstRow, rowCount, values) -> {
            byte[] packed = new byte[rowCount * rowBytes];
            for (int row = 0; row < rowCount; row++) {
                HalfRows.quantize(matrix, kind, firstRow + row, values, row, packed, row * rowBytes);
            }
            sink.accept(firstRow, rowCount, MemorySegment.ofArray(packed));
        });
    }
}
