package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/** A rounded difference that, when it is read as stored, counts the weights that adding it again will not give back. */
record DifferenceTensor(Tensor tuned, Tensor base, Tensor difference, LongAdder inexact) implements Tensor {
    @Override
    public TensorInfo info() {
        return difference.info();
    }

    @Override
    public Optional<MemorySegment> raw() {
        return Optional.empty();
    }

    @Override
    public void readRows(long from, long to, RowSink sink) {
        difference.readRows(from, to, sink);
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        DType dtype = info().dtype();
        difference.readStoredRows(from, to, (firstRow, rowCount, bytes) -> {
            float[] expected = Rows.read(tuned, firstRow, firstRow + rowCount);
            float[] sums = Rows.read(base, firstRow, firstRow + rowCount);
            float[] deltas = new float[sums.length];
            StoredFloats.read(dtype, bytes, 0, deltas, 0, deltas.length);
            for (int i = 0; i < sums.length; i++) {
                sums[i] += deltas[i];
            }
            MemorySegment stored = MemorySegment.ofArray(new byte[Math.toIntExact(bytes.byteSize())]);
            StoredFloats.write(dtype, sums, 0, sums.length, stored, 0);
            StoredFloats.read(dtype, stored, 0, sums, 0, sums.length);
            inexact.add(differences(expected, sums));
            sink.accept(firstRow, rowCount, bytes);
        });
    }

    private static long differences(float[] expected, float[] sums) {
        long count = 0;
        for (int i = 0; i < sums.length; i++) {
            count += sums[i] == expected[i] ? 0 : 1;
        }
        return count;
    }
}
