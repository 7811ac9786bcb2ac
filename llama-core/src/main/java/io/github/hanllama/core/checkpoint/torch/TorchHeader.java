package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.error.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds what must be read of a zip archive of PyTorch's to know its tensors: the directory at its end, the pickle, and the
 * small entry on the order of bytes. The stretches are only found here; who reads the outline checks them.
 */
public final class TorchHeader {
    /** The end of an archive, with its directory if that is small. */
    private static final int TAIL_BYTES = 32 << 10;
    /** A local header's padding, and a descriptor after the data. */
    private static final int SLACK_BYTES = 1 << 10;

    private static final int END_BYTES = 22;
    private static final long LOCATOR_MAGIC = 0x07064b50L;
    private static final int LOCATOR_BYTES = 20;
    private static final int END64_BYTES = 56;
    private static final long U32_ELSEWHERE = 0xffff_ffffL;

    private final String file;
    private final long size;
    private final int maxBytes;
    private final Source source;
    private final List<Stretch> stretches = new ArrayList<>();

    private TorchHeader(String file, long size, int maxBytes, Source source) {
        this.file = file;
        this.size = size;
        this.maxBytes = maxBytes;
        this.source = source;
    }

    /** Where the bytes are. */
    @FunctionalInterface
    public interface Source {
        byte[] read(long offset, int length);
    }

    /** Bytes of the file at a place in it. */
    public record Stretch(long offset, MemorySegment bytes) {
        private long end() {
            return offset + bytes.byteSize();
        }
    }

    /**
     * Reads what is needed, a request or two for each part.
     *
     * @param file for messages
     * @param maxBytes of any part; a larger one is not a header
     * @throws ModelFormatException when it is no such archive, as far as that can be told
     */
    public static List<Stretch> read(String file, long size, int maxBytes, Source source) {
        TorchHeader header = new TorchHeader(file, size, maxBytes, source);
        header.readDirectory();
        return header.stretches;
    }

    private void readDirectory() {
        Stretch tail = stretch(Math.max(0, size - TAIL_BYTES), TAIL_BYTES);
        MemorySegment bytes = tail.bytes;
        long end = bytes.byteSize() - END_BYTES;
        if (end < 0) {
            throw malformed("expected the end of a zip archive");
        }
        long offset = LittleEndian.u32(bytes, end + 16);
        long limit = size - END_BYTES;
        if (end >= LOCATOR_BYTES + END64_BYTES && LittleEndian.u32(bytes, end - LOCATOR_BYTES) == LOCATOR_MAGIC) {
            long record = end - LOCATOR_BYTES - END64_BYTES;
            offset = LittleEndian.i64(bytes, record + 48);
            limit = tail.offset + record;
        }
        if (offset < 0 || offset > limit) {
            throw malformed("expected a directory before byte " + limit + ", found it at " + offset);
        }
        Stretch directory = offset >= tail.offset ? tail : stretch(offset, tail.offset - offset);
        readEntries(joined(directory, tail, offset, limit));
    }

    /** The directory, which the tail may begin in the middle of. */
    private static MemorySegment joined(Stretch directory, Stretch tail, long from, long to) {
        byte[] bytes = new byte[Math.toIntExact(to - from)];
        MemorySegment joined = MemorySegment.ofArray(bytes);
        long first = Math.min(directory.end(), to) - from;
        MemorySegment.copy(directory.bytes, from - directory.offset, joined, 0, first);
        if (first < bytes.length) {
            MemorySegment.copy(tail.bytes, 0, joined, first, bytes.length - first);
        }
        return joined;
    }

    private void readEntries(MemorySegment directory) {
        long at = 0;
        while (at <= directory.byteSize() - ZipDirectory.RECORD_BYTES) {
            int nameLength = LittleEndian.u16(directory, at + 28);
            int extraLength = LittleEndian.u16(directory, at + 30);
            long next =
                    at + ZipDirectory.RECORD_BYTES + nameLength + extraLength + LittleEndian.u16(directory, at + 32);
            if (next > directory.byteSize()) {
                throw malformed("expected records inside the directory");
            }
            String name = StrictText.decode(directory.asSlice(at + ZipDirectory.RECORD_BYTES, nameLength))
                    .orElse("");
            if (isPartOfIt(name)) {
                MemorySegment extra = directory.asSlice(at + ZipDirectory.RECORD_BYTES + nameLength, extraLength);
                readEntry(directory, at, name, extra);
            }
            at = next;
        }
    }

    /** Whether an entry says something about tensors. */
    static boolean isPartOfIt(String name) {
        return name.endsWith("/data.pkl") || name.endsWith("/byteorder");
    }

    private void readEntry(MemorySegment directory, long at, String name, MemorySegment extra) {
        Zip64Sizes sizes = Zip64Sizes.in(file + ": " + name, extra);
        if (LittleEndian.u32(directory, at + 24) == U32_ELSEWHERE) {
            sizes.widen(U32_ELSEWHERE);
        }
        long stored = sizes.widen(LittleEndian.u32(directory, at + 20));
        long header = sizes.widen(LittleEndian.u32(directory, at + 42));
        if (header >= size || stored > size) {
            throw malformed(name + ": expected it inside the file, found " + stored + " bytes at " + header);
        }
        stretch(header, stored + SLACK_BYTES);
    }

    /** Reads what is not here already. */
    private Stretch stretch(long offset, long length) {
        long end = Math.min(size, offset + length);
        for (Stretch known : stretches) {
            if (known.offset <= offset && known.end() >= end) {
                return known;
            }
        }
        if (end - offset > maxBytes) {
            throw new ModelFormatException(
                    file + ": expected a header of at most " + maxBytes + " bytes, found " + (end - offset));
        }
        Stretch stretch = new Stretch(offset, MemorySegment.ofArray(source.read(offset, (int) (end - offset))));
        stretches.add(stretch);
        return stretch;
    }

    private ModelFormatException malformed(String problem) {
        return new ModelFormatException(
                file + ": not the end of a PyTorch file: " + problem + "; is the download complete?");
    }
}
