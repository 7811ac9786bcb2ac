package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.quant.DType;

/**
 * {@code one + sign * other} of two tensors of the same shape. Added in f32 before it is rounded: for f16 and bf16 that gives
 * the nearest value of the exact sum, since f32 has more than twice their digits and two.
 */
record Sums(Tensor one, Tensor other, float sign) implements RowSource {
    /** The type in which PyTorch adds two tensors: that of both, or of different ones f32. */
    static DType type(DType one, DType other) {
        return one == other ? one : DType.F32;
    }

    /** The sum as a tensor, rounded once. */
    static Tensor rounded(Tensor one, Tensor other, float sign, String origin) {
        TensorInfo info = one.info();
        DType type = type(info.dtype(), other.info().dtype());
        return new RoundedTensor(new TensorInfo(info.name(), info.shape(), type), new Sums(one, other, sign), origin);
    }

    @Override
    public void read(long from, long to, Tensor.RowSink sink) {
        int columns = (int) one.info().rowLength();
        RowBuffer buffer = new RowBuffer();
        one.readRows(from, to, (firstRow, rowCount, values) -> {
            float[] tile = buffer.copyOf(values, rowCount * columns);
            other.readRows(firstRow, firstRow + rowCount, (first, count, others) -> {
                int at = (int) (first - firstRow) * columns;
                for (int i = 0; i < count * columns; i++) {
                    tile[at + i] += sign * others[i];
                }
            });
            sink.accept(firstRow, rowCount, tile);
        });
    }
}
