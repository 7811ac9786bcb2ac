package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.error.UnsupportedModelException;
import java.util.Arrays;

/** What becomes of one tensor: what is added to it, and the sum in the type of the base. */
record Change(Delta delta, Tensor result) {
    /** {@code base + delta}, added in f32 and rounded once. */
    static Change adding(Delta delta, Tensor base, String origin) {
        if (!base.info().dtype().isFloatingPoint()) {
            throw new UnsupportedModelException(
                    delta.name() + ": is " + base.info().dtype()
                            + " in the base; expected plain floating-point numbers, choose the unquantized model");
        }
        int columns = delta.columns();
        long common = delta.baseRows();
        RowSource sum = (from, to, sink) -> delta.rows().read(from, to, (firstRow, rowCount, values) -> {
            float[] tile = Arrays.copyOf(values, rowCount * columns);
            if (firstRow < common) {
                base.readRows(firstRow, Math.min(firstRow + rowCount, common), (first, count, others) -> {
                    int at = (int) (first - firstRow) * columns;
                    for (int i = 0; i < count * columns; i++) {
                        tile[at + i] += others[i];
                    }
                });
            }
            sink.accept(firstRow, rowCount, tile);
        });
        TensorInfo info =
                new TensorInfo(delta.name(), delta.shape(), base.info().dtype());
        return new Change(delta, new RoundedTensor(info, sum, origin));
    }
}
