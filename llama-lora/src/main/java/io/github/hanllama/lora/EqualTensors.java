package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;

/** Compares tensors of the same shape without holding either. */
final class EqualTensors {
    private EqualTensors() {}

    /** Whether two tensors of the same type have the same bytes. */
    static boolean stored(Tensor one, Tensor other) {
        boolean[] equal = {true};
        one.readStoredRows(0, one.info().rows(), (firstRow, rowCount, bytes) -> {
            if (equal[0]) {
                equal[0] = equalRows(bytes, firstRow, rowCount, other);
            }
        });
        return equal[0];
    }

    private static boolean equalRows(MemorySegment bytes, long firstRow, int rowCount, Tensor other) {
        boolean[] equal = {true};
        other.readStoredRows(firstRow, firstRow + rowCount, (first, count, otherBytes) -> {
            long from = (first - firstRow) * other.info().rowBytes();
            equal[0] &= bytes.asSlice(from, otherBytes.byteSize()).mismatch(otherBytes) == -1;
        });
        return equal[0];
    }

    /**
     * How many values are not the same number: equal after one of them was rounded to the type of the other, as a
     * program does that loads weights in a smaller type and saves them again.
     */
    static long differences(Tensor one, Tensor other) {
        long[] different = {0};
        one.readRows(0, one.info().rows(), (firstRow, rowCount, values) -> {
            float[] rows = Rows.read(other, firstRow, firstRow + rowCount);
            float[] rounded = rounded(values, rows.length, other.info().dtype());
            float[] otherRounded = rounded(rows, rows.length, one.info().dtype());
            for (int i = 0; i < rows.length; i++) {
                different[0] += rounded[i] == rows[i] || otherRounded[i] == values[i] ? 0 : 1;
            }
        });
        return different[0];
    }

    private static float[] rounded(float[] values, int count, DType dtype) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(dtype.bytes(count))]);
        float[] result = new float[count];
        StoredFloats.write(dtype, values, 0, count, bytes, 0);
        StoredFloats.read(dtype, bytes, 0, result, 0, count);
        return result;
    }
}
