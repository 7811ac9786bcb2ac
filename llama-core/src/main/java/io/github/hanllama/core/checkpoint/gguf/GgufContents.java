package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.quant.DType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A GGUF file of version 2 or 3, little-endian, checked in full but for the values of its weights: every tensor lies inside
 * the file, one after the other, as the format wants it.
 *
 * @param version of the format
 * @param tensors in the order of the file
 * @param headBytes everything before the data of the tensors
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
public record GgufContents(int version, GgufMetadata metadata, List<GgufTensor> tensors, long headBytes) {
    /** How the names of these files end. */
    public static final String SUFFIX = ".gguf";

    static final int MAGIC = 0x46554747; // "GGUF"
    static final int DEFAULT_ALIGNMENT = 32;
    static final int MAX_NAME_BYTES = 63;
    static final int MAX_DIMENSIONS = 4;
    static final String ALIGNMENT = "general.alignment";

    private static final int MIN_TENSOR_BYTES = 8 + 1 + 4 + 8 + 4 + 8;
    private static final int MAX_ALIGNMENT = 1 << 20;

    public GgufContents {
        tensors = List.copyOf(tensors);
    }

    /** @throws LlamaException when it is not a sound file of these versions */
    public static GgufContents read(String file, MemorySegment memory) {
        GgufInput in = new GgufInput(file, memory);
        int version = version(in);
        long tensorCount = in.count("number of tensors", MIN_TENSOR_BYTES);
        long keyCount = in.count("number of keys", GgufMetadata.minEntryBytes());
        GgufMetadata metadata = GgufMetadata.read(in, keyCount);
        List<Entry> entries = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (long i = 0; i < tensorCount; i++) {
            long at = in.position();
            Entry entry = entry(in, "tensor " + i);
            if (!names.add(entry.name)) {
                throw in.malformed(at, "expected each tensor once, found " + entry.name + " again");
            }
            entries.add(entry);
        }
        long start = Math.ceilDiv(in.position(), alignment(metadata)) * alignment(metadata);
        List<GgufTensor> tensors = place(in, entries, start, alignment(metadata));
        return new GgufContents(version, metadata, tensors, Math.min(start, in.length()));
    }

    private static int version(GgufInput in) {
        int magic = in.i32("magic");
        if (magic == Integer.reverseBytes(MAGIC)) {
            throw in.unsupported("is a big-endian GGUF file; expected a little-endian one, convert the model again");
        }
        if (magic != MAGIC) {
            throw in.malformed(0, "expected GGUF, found other bytes; is it a GGUF file?");
        }
        long version = in.u32("version");
        if (version > 0xffff && Integer.reverseBytes((int) version) >>> 16 == 0) {
            throw in.unsupported("version " + Integer.reverseBytes((int) version)
                    + " of a big-endian GGUF file; expected a little-endian one, convert the model again");
        }
        if (version < 2 || version > 3) {
            throw in.unsupported("version " + version + " of GGUF; expected 2 or 3, convert the model again");
        }
        return (int) version;
    }

    /** @param offset from the start of the data */
    private record Entry(String name, List<Long> shape, DType dtype, long bytes, long offset, long at) {}

    private static Entry entry(GgufInput in, String what) {
        long at = in.position();
        String name = in.text(what, MAX_NAME_BYTES);
        if (name.isEmpty() || name.codePoints().anyMatch(Character::isISOControl)) {
            throw in.malformed(at, what + ": expected a printable name, found '" + name + "'");
        }
        List<Long> shape = shape(in, name);
        DType dtype = dtype(in, name);
        if (shape.getLast() % dtype.blockSize() != 0) {
            throw in.malformed(
                    at,
                    name + ": expected rows of whole blocks of " + dtype.blockSize() + " for " + dtype
                            + ", found a first dimension of " + shape.getLast());
        }
        return new Entry(name, shape, dtype, bytes(in, at, name, shape, dtype), in.i64(name), at);
    }

    private static List<Long> shape(GgufInput in, String name) {
        long at = in.position();
        long count = in.u32(name);
        if (count < 1 || count > MAX_DIMENSIONS) {
            throw in.malformed(at, name + ": expected 1 to " + MAX_DIMENSIONS + " dimensions, found " + count);
        }
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long dimension = in.i64(name);
            if (dimension < 0) {
                throw in.malformed(
                        at,
                        name + ": dimension " + i + ": found " + Long.toUnsignedString(dimension)
                                + ", expected less than 2^63");
            }
            shape.addFirst(dimension);
        }
        return shape;
    }

    private static DType dtype(GgufInput in, String name) {
        long at = in.position();
        long number = in.u32(name);
        Optional<String> unread = GgmlType.nameOfUnread(number);
        if (unread.isPresent()) {
            throw in.unsupported(name + ": type " + number + " (" + unread.get()
                    + ") is not supported; expected F32, F16," + " BF16 or Q4_0 to Q6_K, quantize the model again");
        }
        return GgmlType.of(number)
                .orElseThrow(() -> in.malformed(at, name + ": expected the number of a type, found " + number));
    }

    private static long bytes(GgufInput in, long at, String name, List<Long> shape, DType dtype) {
        try {
            long bound = dtype.blockBytes(); // zeros do not hide an overflow
            long elements = 1;
            for (long dimension : shape) {
                bound = Math.multiplyExact(bound, Math.max(1, dimension));
                elements *= dimension;
            }
            return dtype.bytes(elements);
        } catch (ArithmeticException e) {
            throw in.malformed(at, name + ": expected a size below 2^63, found " + dtype + " " + shape);
        }
    }

    private static int alignment(GgufMetadata metadata) {
        long alignment = metadata.u32(ALIGNMENT).orElse(DEFAULT_ALIGNMENT);
        if (alignment < 1 || alignment > MAX_ALIGNMENT || Long.bitCount(alignment) != 1) {
            throw metadata.malformed(ALIGNMENT, "a power of two up to " + MAX_ALIGNMENT, Long.toString(alignment));
        }
        return (int) alignment;
    }

    /** Each tensor must begin where the padded one before it ends, and the last one end inside the file. */
    private static List<GgufTensor> place(GgufInput in, List<Entry> entries, long start, int alignment) {
        long expected = 0;
        List<GgufTensor> tensors = new ArrayList<>();
        for (Entry entry : entries) {
            if (entry.offset != expected) {
                throw in.malformed(
                        entry.at,
                        entry.name + ": expected its data at " + expected + ", found "
                                + Long.toUnsignedString(entry.offset));
            }
            long left = in.length() - start - expected;
            if (entry.bytes > left) {
                throw in.malformed(
                        entry.at,
                        entry.name + ": expected " + entry.bytes + " bytes of data at " + (start + expected)
                                + ", found " + Math.max(0, left) + "; is the download complete?");
            }
            tensors.add(new GgufTensor(entry.name, entry.shape, entry.dtype, start + expected));
            expected += Math.ceilDiv(entry.bytes, alignment) * alignment;
        }
        return tensors;
    }
}
