package io.github.hanllama.core.checkpoint.rowquantized;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.view.StoredTensor;
import io.github.hanllama.quant.RowQuantization;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/** The scale of every row of a matrix, a vector. */
final class RowScales extends StoredTensor {
    private static final ValueLayout.OfShort F16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Tensor matrix;
    private final RowQuantization kind;

    RowScales(TensorInfo info, Tensor matrix, RowQuantization kind) {
        super(info);
        this.matrix = matrix;
        this.kind = kind;
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        Objects.checkFromToIndex(from, to, info().rows());
        if (from == to) {
            return;
        }
        byte[] packed = new byte[kind.bytes(Math.toIntExact(matrix.info().rowLength()))];
        MemorySegment scales = MemorySegment.ofArray(new byte[Math.toIntExact(info().bytes())]);
        HalfRows.read(matrix, 0, matrix.info().rows(), (firstRow, rowCount, values) -> {
            for (int row = 0; row < rowCount; row++) {
                short scale = HalfRows.quantize(matrix, kind, firstRow + row, values, row, packed, 0);
                scales.set(F16, (firstRow + row) * Short.BYTES, scale);
            }
        });
        sink.accept(0, 1, scales);
    }
}
