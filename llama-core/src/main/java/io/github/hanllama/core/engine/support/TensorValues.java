package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.checkpoint.Tensor;

/** All of a small tensor in f32. */
final class TensorValues {
    private TensorValues() {}

    static float[] of(Tensor tensor) {
        int columns = (int) tensor.info().rowLength();
        float[] all = new float[Math.toIntExact(tensor.info().elements())];
        tensor.readRows(
                0,
                tensor.info().rows(),
                (row, count, values) -> System.arraycopy(values, 0, all, (int) row * columns, count * columns));
        return all;
    }
}
