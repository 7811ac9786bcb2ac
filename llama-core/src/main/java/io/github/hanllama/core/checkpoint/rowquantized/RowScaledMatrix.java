package io.github.hanllama.core.checkpoint.rowquantized;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.Tiles;
import io.github.hanllama.core.checkpoint.view.StoredTensor;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.HalfFloats;
import io.github.hanllama.quant.RowQuantization;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** A matrix of whole numbers with a scale for each row, read as the f16 numbers that the original computes with. */
final class RowScaledMatrix extends StoredTensor {
    private final Tensor weight;
    private final Tensor scales;
    private final RowQuantization kind;

    RowScaledMatrix(TensorInfo info, Tensor weight, Tensor scales, RowQuantization kind) {
        super(info);
        this.weight = weight;
        this.scales = scales;
        this.kind = kind;
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        Objects.checkFromToIndex(from, to, info().rows());
        int columns = Math.toIntExact(info().rowLength());
        int rowBytes = kind.bytes(columns);
        short[] factors = factors();
        float[] row = new float[columns];
        byte[] packed = new byte[rowBytes];
        MemorySegment tile = tile(from, to);
        Tiles.forEach(info(), from, to, (firstRow, rowCount) -> {
            weight.readStoredRows(firstRow, firstRow + rowCount, (first, count, bytes) -> {
                for (int i = 0; i < count; i++) {
                    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, (long) i * rowBytes, packed, 0, rowBytes);
                    kind.dequantize(packed, 0, columns, factors[(int) first + i], row, 0);
                    long offset = (first - firstRow + i) * info().rowBytes();
                    StoredFloats.write(DType.F16, row, 0, columns, tile, offset);
                }
            });
            sink.accept(firstRow, rowCount, tile.asSlice(0, rowCount * info().rowBytes()));
        });
    }

    /** Of all rows: few against the matrix. */
    private short[] factors() {
        short[] factors = new short[Math.toIntExact(scales.info().elements())];
        int rowLength = (int) scales.info().rowLength();
        scales.readRows(0, scales.info().rows(), (first, count, values) -> {
            for (int i = 0; i < count * rowLength; i++) {
                factors[(int) first * rowLength + i] = HalfFloats.floatToF16(values[i]);
            }
        });
        return factors;
    }
}
