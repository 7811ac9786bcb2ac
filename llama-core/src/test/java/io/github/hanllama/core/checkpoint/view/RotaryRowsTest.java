package io.github.hanllama.core.checkpoint.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.Tiles;
import io.github.hanllama.quant.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Heads of four tiles each: 128 rows of 8192 columns. */
class RotaryRowsTest {
    private static final int HEAD = 128;
    private static final int COLUMNS = 8192;

    private final Counting source = new Counting(new TensorInfo("q", List.of(2L * HEAD, (long) COLUMNS), DType.F16));
    private final Tensor rotated = RotaryLayout.INTERLEAVED.of(source, HEAD);

    @Test
    void computedRows_areComputedOnce() {
        assertThat(rows(0, 2 * HEAD)).isEqualTo(expected(0, 2 * HEAD));
        assertThat(source.rowsRead).isEqualTo(2 * HEAD);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "32, 64", "96, 160", "5, 133", "128, 256", "200, 200"})
    void ranges_areThoseOfTheWhole(int from, int to) {
        assertThat(rows(from, to)).isEqualTo(expected(from, to));
    }

    private List<Integer> rows(int from, int to) {
        List<Integer> rows = new ArrayList<>();
        rotated.readStoredRows(from, to, (first, count, bytes) -> {
            assertThat(first).isEqualTo(from + rows.size());
            assertThat(count).isLessThanOrEqualTo(Tiles.rows(COLUMNS));
            for (long row = 0; row < count; row++) {
                rows.add((int) bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, row * COLUMNS * Short.BYTES));
            }
        });
        return rows;
    }

    /** The halves of a head take turns. */
    private static List<Integer> expected(int from, int to) {
        List<Integer> rows = new ArrayList<>();
        for (int row = from; row < to; row++) {
            int inHead = row % HEAD;
            rows.add(row - inHead + inHead % 2 * (HEAD / 2) + inHead / 2);
        }
        return rows;
    }

    /** Each row begins with its number. */
    private static final class Counting implements Tensor {
        private final TensorInfo info;
        private long rowsRead;

        Counting(TensorInfo info) {
            this.info = info;
        }

        @Override
        public TensorInfo info() {
            return info;
        }

        @Override
        public Optional<MemorySegment> raw() {
            return Optional.empty();
        }

        @Override
        public void readRows(long from, long to, RowSink sink) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void readStoredRows(long from, long to, StoredRowSink sink) {
            rowsRead += to - from;
            Tiles.forEach(info, from, to, (first, count) -> {
                MemorySegment tile = MemorySegment.ofArray(new byte[(int) (count * info.rowBytes())]);
                for (int row = 0; row < count; row++) {
                    tile.set(ValueLayout.JAVA_SHORT_UNALIGNED, row * info.rowBytes(), (short) (first + row));
                }
                sink.accept(first, count, tile);
            });
        }
    }
}
