package io.github.hanllama.lora;

/** One growing array for the tiles of one call, because those it is handed belong to somebody else. */
final class RowBuffer {
    private float[] values = {};

    float[] copyOf(float[] source, int length) {
        if (values.length < length) {
            values = new float[length];
        }
        System.arraycopy(source, 0, values, 0, length);
        return values;
    }
}
