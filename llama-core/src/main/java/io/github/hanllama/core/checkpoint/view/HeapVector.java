package io.github.hanllama.core.checkpoint.view;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/** A vector of a few numbers that are in no file. */
public final class HeapVector extends StoredTensor {
    private final MemorySegment bytes;

    public HeapVector(String name, List<Float> values) {
        super(new TensorInfo(name, List.of((long) values.size()), DType.F32));
        bytes = MemorySegment.ofArray(new byte[(int) info().bytes()]);
        for (int i = 0; i < values.size(); i++) {
            StoredFloats.write(DType.F32, new float[] {values.get(i)}, 0, 1, bytes, (long) Float.BYTES * i);
        }
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        Objects.checkFromToIndex(from, to, 1);
        if (from < to) {
            sink.accept(0, 1, bytes);
        }
    }
}
