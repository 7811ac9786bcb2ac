package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;

/** The small tensors of an adapter as arrays. */
final class Rows {
    private Rows() {}

    static float[] read(Tensor tensor, long from, long to) {
        int rowLength = Math.toIntExact(tensor.info().rowLength());
        float[] result = new float[Math.multiplyExact(Math.toIntExact(to - from), rowLength)];
        tensor.readRows(
                from,
                to,
                (firstRow, rowCount, values) ->
                        System.arraycopy(values, 0, result, (int) (firstRow - from) * rowLength, rowCount * rowLength));
        return result;
    }

    static float[] readVector(Tensor tensor) {
        return read(tensor, 0, tensor.info().rows());
    }
}
