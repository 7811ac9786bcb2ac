package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.checkpoint.TensorInfo;
import java.nio.ByteBuffer;
import java.util.List;

/** Where everything in one written weight file goes, known before its first byte is written. */
public interface ShardLayout {
    /** In the order of the file. */
    List<TensorInfo> tensors();

    /** Where a tensor's data begins, by its place in {@link #tensors()}. */
    long offset(int tensor);

    /** Bytes of the whole file. */
    long size();

    /**
     * All bytes of the file that are not data.
     *
     * @param crc32 of each tensor's data, in the order of {@link #tensors()}
     */
    List<Piece> frame(List<Long> crc32);

    /** Some bytes and where they go. */
    record Piece(long position, ByteBuffer bytes) {}
}
