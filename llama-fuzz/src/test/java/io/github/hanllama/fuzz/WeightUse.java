package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WeightFile;
import io.github.hanllama.core.error.UnsupportedModelException;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Reads what a weight file says it has: the ends of its tensors, where a wrong bound would show. */
final class WeightUse {
    private static final int TENSORS = 16;
    private static final long MAX_ROW_LENGTH = 1 << 18;
    private static final int ROWS = 3;

    private WeightUse() {}

    static void all(WeightFile file) {
        List<TensorInfo> tensors = file.tensors();
        for (TensorInfo info : tensors.subList(0, Math.min(TENSORS, tensors.size()))) {
            assertThat(file.contains(info.name())).isTrue();
            Tensor tensor = file.tensor(info.name());
            assertThat(tensor.info()).isEqualTo(info);
            assertThat(Math.multiplyExact(info.rows(), info.rowLength())).isEqualTo(info.elements());
            assertThat(info.bytes()).isEqualTo(info.dtype().bytes(info.elements()));
            raw(tensor);
            rows(tensor);
        }
    }

    private static void raw(Tensor tensor) {
        tensor.raw().ifPresent(bytes -> {
            assertThat(bytes.byteSize()).isEqualTo(tensor.info().bytes());
            if (bytes.byteSize() > 0) {
                bytes.get(ValueLayout.JAVA_BYTE, 0);
                bytes.get(ValueLayout.JAVA_BYTE, bytes.byteSize() - 1);
            }
        });
    }

    private static void rows(Tensor tensor) {
        long rows = tensor.info().rows();
        if (tensor.info().rowLength() > MAX_ROW_LENGTH) {
            return;
        }
        read(tensor, 0, Math.min(rows, ROWS));
        read(tensor, Math.max(0, rows - ROWS), rows);
    }

    private static void read(Tensor tensor, long from, long to) {
        long[] next = {from, from};
        tensor.readStoredRows(from, to, (first, count, bytes) -> {
            assertThat(first).isEqualTo(next[0]);
            assertThat(bytes.byteSize()).isEqualTo(count * tensor.info().rowBytes());
            next[0] += count;
        });
        try {
            tensor.readRows(from, to, (first, count, values) -> {
                assertThat(first).isEqualTo(next[1]);
                next[1] += count;
            });
        } catch (UnsupportedModelException integers) {
            assertThat(tensor.info().dtype().isReal()).isFalse();
            next[1] = next[0];
        }
        boolean empty = tensor.info().rowLength() == 0; // whose rows need not be handed over
        assertThat(empty || (next[0] == to && next[1] == to)).isTrue();
    }
}
