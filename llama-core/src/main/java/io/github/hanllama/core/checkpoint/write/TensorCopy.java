package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.Tiles;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.function.LongConsumer;

/** Reads one tensor in the type in which it is written, tile by tile; used by one thread. */
public final class TensorCopy {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Tensor source;
    private final DType type;
    private final LongConsumer progress;
    private long infinities;

    /** @param progress is told the bytes of each tile, and may throw to stop */
    public TensorCopy(Tensor source, DType type, LongConsumer progress) {
        this.source = source;
        this.type = type;
        this.progress = progress;
    }

    public void run(Tensor.StoredRowSink sink) {
        TensorInfo info = source.info();
        if (info.dtype() == type) {
            boolean computed = source.raw().isEmpty();
            source.readStoredRows(0, info.rows(), (first, count, bytes) -> pass(first, count, bytes, computed, sink));
        } else {
            long rowBytes = type.bytes(info.rowLength());
            long tileRows = Math.min(info.rows(), Tiles.rows(info.rowLength()));
            MemorySegment converted = MemorySegment.ofArray(new byte[Math.toIntExact(tileRows * rowBytes)]);
            source.readRows(0, info.rows(), (first, count, values) -> {
                int elements = Math.toIntExact(count * info.rowLength());
                StoredFloats.write(type, values, 0, elements, converted, 0);
                pass(first, count, converted.asSlice(0, count * rowBytes), true, sink);
            });
        }
    }

    private void pass(long first, int count, MemorySegment bytes, boolean computed, Tensor.StoredRowSink sink) {
        if (computed) {
            infinities += infinities(type, bytes);
        }
        sink.accept(first, count, bytes);
        progress.accept(bytes.byteSize());
    }

    private static long infinities(DType dtype, MemorySegment bytes) {
        return switch (dtype) {
            case F16 -> infinities(bytes, 0x7c00);
            case BF16 -> infinities(bytes, 0x7f80);
            case F32 -> infinities32(bytes);
            default -> 0;
        };
    }

    private static long infinities(MemorySegment bytes, int infinity) {
        long count = 0;
        for (long at = 0; at < bytes.byteSize(); at += Short.BYTES) {
            count += (bytes.get(SHORT, at) & 0x7fff) == infinity ? 1 : 0;
        }
        return count;
    }

    private static long infinities32(MemorySegment bytes) {
        long count = 0;
        for (long at = 0; at < bytes.byteSize(); at += Integer.BYTES) {
            count += (bytes.get(INT, at) & 0x7fff_ffff) == 0x7f80_0000 ? 1 : 0;
        }
        return count;
    }

    /** Infinite values among those that were computed, not copied. */
    long infinities() {
        return infinities;
    }
}
