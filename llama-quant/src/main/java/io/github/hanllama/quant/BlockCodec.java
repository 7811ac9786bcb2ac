package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * A block type: to its bytes and back. One number after the other, this is the specification of what the kernels compute,
 * and it gives the bits of llama.cpp's reference ({@code ggml/src/ggml-quants.c}, {@code quantize_row_*_ref} and
 * {@code dequantize_row_*}). Stateless and thread-safe.
 */
public abstract sealed class BlockCodec
        permits ByteBlocks, SymmetricBlocks, AffineBlocks, Q2KBlocks, Q3KBlocks, Q4KBlocks, Q6KBlocks {
    /** Blocks copied at a time between memory and an array. */
    private static final int CHUNK = 16;

    private final DType type;

    BlockCodec(DType type) {
        this.type = type;
    }

    /** @throws IllegalArgumentException when the type does not store blocks */
    public static BlockCodec of(DType type) {
        return switch (type) {
            case Q4_0 -> new SymmetricBlocks(type, 4);
            case Q5_0 -> new SymmetricBlocks(type, 5);
            case Q4_1 -> new AffineBlocks(type, 4);
            case Q5_1 -> new AffineBlocks(type, 5);
            case Q8_0 -> new ByteBlocks();
            case Q2_K -> new Q2KBlocks();
            case Q3_K -> new Q3KBlocks();
            case Q4_K -> new Q4KBlocks(type, 4);
            case Q5_K -> new Q4KBlocks(type, 5);
            case Q6_K -> new Q6KBlocks();
            default -> throw new IllegalArgumentException(type + " does not store blocks");
        };
    }

    public final DType type() {
        return type;
    }

    /**
     * Quantizes {@code source[at..at + count)} to the segment from byte {@code offset} on. The numbers must be finite: of
     * others nothing is said but that no other block suffers.
     *
     * @throws IllegalArgumentException when they do not fill whole blocks
     * @throws IndexOutOfBoundsException when the numbers lie outside the array, or the blocks outside the segment
     */
    public final void quantize(float[] source, int at, int count, MemorySegment target, long offset) {
        BlockEncoder encoder = encoder();
        int blocks = check(source, at, count, target, offset);
        write(blocks, encoder.together(), target, offset, (block, made, chunk, to) -> {
            int from = at + block * type.blockSize();
            if (made == encoder.together()) {
                encoder.encodeTogether(source, from, chunk, to);
            } else {
                encoder.encode(source, from, chunk, to);
            }
        });
    }

    /**
     * Quantizes the row {@code source[at..at + importance.length)} so that columns of greater importance lose less
     * ({@code quantize_q*} with {@code quant_weights}); {@link DType#Q8_0} makes no difference between columns.
     *
     * @param importance of each column, finite, 0 or more
     * @throws IllegalArgumentException when the row does not fill whole blocks
     * @throws IndexOutOfBoundsException when the numbers lie outside the array, or the blocks outside the segment
     */
    public final void quantizeRow(float[] source, int at, float[] importance, MemorySegment target, long offset) {
        BlockEncoder encoder = encoder();
        int blocks = check(source, at, importance.length, target, offset);
        WeightedRow row = new WeightedRow(source, at, importance);
        write(blocks, encoder.together(), target, offset, (block, made, chunk, to) -> {
            int column = block * type.blockSize();
            if (made == encoder.together()) {
                encoder.encodeTogether(source, at + column, row, column, chunk, to);
            } else {
                encoder.encode(source, at + column, row, column, chunk, to);
            }
        });
    }

    private void write(int blocks, int together, MemorySegment target, long offset, BlockMaker maker) {
        byte[] chunk = new byte[Math.min(blocks, CHUNK) * type.blockBytes()];
        for (int done = 0; done < blocks; done += CHUNK) {
            int length = Math.min(CHUNK, blocks - done);
            for (int i = 0, count; i < length; i += count) {
                count = length - i < together ? 1 : together;
                maker.make(done + i, count, chunk, i * type.blockBytes());
            }
            MemorySegment.copy(chunk, 0, target, ValueLayout.JAVA_BYTE, offset + bytes(done), (int) bytes(length));
        }
    }

    /** Makes one block of many, or as many from there on as take least time together. */
    @FunctionalInterface
    private interface BlockMaker {
        void make(int block, int count, byte[] chunk, int to);
    }

    /**
     * Reads blocks from byte {@code offset} into {@code target[at..at + count)}.
     *
     * @throws IllegalArgumentException when {@code count} is not that of whole blocks
     * @throws IndexOutOfBoundsException when the blocks lie outside the segment, or the numbers outside the array
     */
    public final void dequantize(MemorySegment source, long offset, float[] target, int at, int count) {
        int blocks = check(target, at, count, source, offset);
        byte[] chunk = new byte[Math.min(blocks, CHUNK) * type.blockBytes()];
        for (int done = 0; done < blocks; done += CHUNK) {
            int length = Math.min(CHUNK, blocks - done);
            MemorySegment.copy(source, ValueLayout.JAVA_BYTE, offset + bytes(done), chunk, 0, (int) bytes(length));
            for (int i = 0; i < length; i++) {
                decode(chunk, i * type.blockBytes(), target, at + (done + i) * type.blockSize());
            }
        }
    }

    private int check(float[] array, int at, int count, MemorySegment segment, long offset) {
        Objects.checkFromIndexSize(at, count, array.length);
        Objects.checkFromIndexSize(offset, type.bytes(count), segment.byteSize());
        return count / type.blockSize();
    }

    private long bytes(int blocks) {
        return (long) blocks * type.blockBytes();
    }

    /** With memory of its own. */
    abstract BlockEncoder encoder();

    /** One block from {@code from} on, to {@code y} from {@code at} on. */
    abstract void decode(byte[] block, int from, float[] y, int at);

    /** Puts as many blocks of each of two rows into their lanes. */
    abstract void read(BlockPair blocks, int count, LaneRun run);
}
