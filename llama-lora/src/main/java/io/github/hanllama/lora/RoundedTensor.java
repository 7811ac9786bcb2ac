package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A computed tensor, rounded once, to the nearest value of its type (ties to even). Read as f32 it gives the rounded
 * values too, so that merging while loading equals merging, writing and loading.
 *
 * @param origin whose change this is, for messages
 */
record RoundedTensor(TensorInfo info, RowSource source, String origin) implements Tensor {
    private static final int MAGNITUDE = 0x7fff_ffff;
    private static final int INFINITY = 0x7f80_0000;

    @Override
    public Optional<MemorySegment> raw() {
        return Optional.empty();
    }

    @Override
    public void readRows(long from, long to, RowSink sink) {
        try (Arena arena = Arena.ofConfined()) {
            read(arena, from, to, (firstRow, rowCount, values, bytes) -> sink.accept(firstRow, rowCount, values));
        }
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        try (Arena arena = Arena.ofShared()) { // a sink may let other threads look
            read(arena, from, to, (firstRow, rowCount, values, bytes) -> sink.accept(firstRow, rowCount, bytes));
        }
    }

    private void read(Arena arena, long from, long to, TileSink sink) {
        Objects.checkFromToIndex(from, to, info.rows());
        Tile tile = new Tile(arena);
        source.read(from, to, (firstRow, rowCount, values) -> {
            tile.round(info, rowCount, values);
            requireFinite(tile.values, firstRow, rowCount);
            sink.accept(firstRow, rowCount, tile.values, tile.bytes.asSlice(0, rowCount * info.rowBytes()));
        });
    }

    private void requireFinite(float[] values, long firstRow, int rowCount) {
        int count = rowCount * (int) info.rowLength();
        if (largestBits(values, count) < INFINITY) {
            return;
        }
        long infinite = IntStream.range(0, count)
                .filter(i -> !Float.isFinite(values[i]))
                .count();
        throw new AdapterMismatchException(origin + ": " + info.name() + ": " + infinite + " of the values in rows "
                + firstRow + ".." + (firstRow + rowCount - 1) + " are infinite or not numbers as " + info.dtype()
                + " after merging; is it the right base?");
    }

    /** Without their signs floats compare as their bits do, and NaN comes last; a loop that the compiler vectorizes. */
    private static int largestBits(float[] values, int count) {
        int largest = 0;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, Float.floatToRawIntBits(values[i]) & MAGNITUDE);
        }
        return largest;
    }

    private interface TileSink {
        void accept(long firstRow, int rowCount, float[] values, MemorySegment bytes);
    }

    /** The rounded values of one tile, as numbers and as stored; outside the heap, where vectors are stored fast. */
    private static final class Tile {
        private final Arena arena;
        private float[] values = {};
        private MemorySegment bytes = MemorySegment.NULL;

        Tile(Arena arena) {
            this.arena = arena;
        }

        void round(TensorInfo info, int rowCount, float[] exact) {
            int count = Math.multiplyExact(rowCount, (int) info.rowLength());
            if (values.length < count) {
                values = new float[count];
                bytes = arena.allocate(rowCount * info.rowBytes(), Long.BYTES);
            }
            StoredFloats.write(info.dtype(), exact, 0, count, bytes, 0);
            StoredFloats.read(info.dtype(), bytes, 0, values, 0, count);
        }
    }
}
