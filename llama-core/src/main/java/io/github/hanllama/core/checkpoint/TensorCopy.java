package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.StoredFloats;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.function.LongConsumer;
import java.util.zip.CRC32;

/** Writes one tensor to its place in a file, tile by tile; used by one thread. */
final class TensorCopy {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Tensor source;
    private final TensorInfo target;
    private final FileChannel channel;
    private final LongConsumer progress;
    private final MessageDigest digest = ContentDigest.sha256();
    private final CRC32 crc32 = new CRC32();
    private long position;
    private long infinities;

    /** @param progress is told the bytes of each tile, and may throw to stop */
    TensorCopy(Tensor source, Target target, LongConsumer progress) {
        this.source = source;
        this.target = target.info;
        this.channel = target.channel;
        this.position = target.position;
        this.progress = progress;
    }

    /** What a tensor becomes, and where. */
    record Target(TensorInfo info, FileChannel channel, long position) {}

    void run() {
        long rows = source.info().rows();
        if (source.info().dtype() == target.dtype()) {
            boolean computed = source.raw().isEmpty();
            source.readStoredRows(0, rows, (first, count, bytes) -> write(bytes, computed));
        } else {
            MemorySegment converted = MemorySegment.ofArray(new byte[tileBytes()]);
            source.readRows(0, rows, (first, count, values) -> {
                int elements = Math.toIntExact(count * target.rowLength());
                StoredFloats.write(target.dtype(), values, 0, elements, converted, 0);
                write(converted.asSlice(0, count * target.rowBytes()), true);
            });
        }
    }

    private int tileBytes() {
        return Math.toIntExact(Math.min(target.rows(), Tiles.rows(target.rowLength())) * target.rowBytes());
    }

    private void write(MemorySegment bytes, boolean computed) {
        if (computed) {
            infinities += infinities(target.dtype(), bytes);
        }
        ByteBuffer buffer = buffer(bytes);
        digest.update(buffer.duplicate());
        crc32.update(buffer.duplicate());
        try {
            while (buffer.hasRemaining()) {
                position += channel.write(buffer, position);
            }
        } catch (IOException e) {
            throw new BackendException(target.name() + ": cannot be written: " + e.getMessage(), e);
        }
        progress.accept(bytes.byteSize());
    }

    /** A tile may lie in an array of any type, a buffer of bytes only over some. */
    private static ByteBuffer buffer(MemorySegment bytes) {
        boolean viewable = bytes.isNative() || bytes.heapBase().orElse(bytes) instanceof byte[];
        return viewable ? bytes.asByteBuffer() : ByteBuffer.wrap(bytes.toArray(ValueLayout.JAVA_BYTE));
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

    /** Of the bytes as written. */
    String sha256() {
        return ContentDigest.hex(digest);
    }

    /** Of the bytes as written. */
    long crc32() {
        return crc32.getValue();
    }

    /** Infinite values among those that were computed, not copied. */
    long infinities() {
        return infinities;
    }
}
