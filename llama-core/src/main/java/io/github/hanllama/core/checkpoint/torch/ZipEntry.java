package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.json.StrictJson;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * One entry as the central directory describes it, its local header compared with that.
 *
 * @param where file and entry, for messages
 * @param storedSize bytes in the archive
 * @param size bytes of the content
 * @param headerOffset where the local header begins
 * @param offset where the stored bytes begin
 * @param end where the entry ends, with what follows its data
 */
record ZipEntry(
        String where, String name, int method, long storedSize, long size, long headerOffset, long offset, long end) {
    static final int STORED = 0;
    static final int DEFLATED = 8;

    private static final long LOCAL_MAGIC = 0x04034b50L;
    private static final long DESCRIPTOR_MAGIC = 0x08074b50L;
    private static final int LOCAL_BYTES = 30;
    private static final int HAS_DESCRIPTOR = 1 << 3;
    private static final int COMPRESSION_LEVEL = 3 << 1;
    private static final int UTF8 = 1 << 11;

    /** What a directory record says. */
    record Claim(
            String where, String name, int flags, int method, long crc, long storedSize, long size, long headerOffset) {
        boolean hasDescriptor() {
            return (flags & HAS_DESCRIPTOR) != 0;
        }
    }

    /**
     * An entry that was not read, by what the directory says. Where its data begins is not known for certain: of use only to
     * who does not read it.
     */
    static ZipEntry claimed(Claim claim, long directory) {
        requireReadable(claim);
        long header = claim.headerOffset;
        long nameBytes = claim.name.getBytes(StandardCharsets.UTF_8).length;
        if (header > directory - LOCAL_BYTES - nameBytes
                || claim.storedSize > directory - LOCAL_BYTES - nameBytes - header) {
            throw malformed(
                    claim,
                    "expected it to end before byte " + directory + ", found " + claim.storedSize + " bytes from byte "
                            + header);
        }
        long offset = header + LOCAL_BYTES + nameBytes;
        long end = offset + claim.storedSize;
        return new ZipEntry(claim.where, claim.name, claim.method, claim.storedSize, claim.size, header, offset, end);
    }

    /** Checks a claim against the entry itself, which has to end before the directory begins. */
    static ZipEntry locate(Claim claim, MemorySegment memory, long directory) {
        requireReadable(claim);
        long header = claim.headerOffset;
        if (header > directory - LOCAL_BYTES || LittleEndian.u32(memory, header) != LOCAL_MAGIC) {
            throw malformed(claim, "expected its header at byte " + header + ", found other bytes");
        }
        int nameLength = LittleEndian.u16(memory, header + 26);
        int extraLength = LittleEndian.u16(memory, header + 28);
        long offset = header + LOCAL_BYTES + nameLength + extraLength;
        if (offset > directory || claim.storedSize > directory - offset) {
            throw malformed(
                    claim,
                    "expected at most " + Math.max(0, directory - offset) + " bytes of data from byte " + offset
                            + ", found " + claim.storedSize);
        }
        requireSameName(claim, memory.asSlice(header + LOCAL_BYTES, nameLength));
        MemorySegment extra = memory.asSlice(header + LOCAL_BYTES + nameLength, extraLength);
        requireSameHeader(claim, memory.asSlice(header, LOCAL_BYTES), extra);
        long dataEnd = offset + claim.storedSize;
        long end = claim.hasDescriptor() ? descriptorEnd(claim, memory, dataEnd, directory) : dataEnd;
        return new ZipEntry(claim.where, claim.name, claim.method, claim.storedSize, claim.size, header, offset, end);
    }

    private static void requireReadable(Claim claim) {
        int allowed = HAS_DESCRIPTOR | UTF8 | (claim.method == DEFLATED ? COMPRESSION_LEVEL : 0);
        if ((claim.flags & ~allowed) != 0) {
            throw malformed(
                    claim,
                    "expected no flags beyond 0x" + Integer.toHexString(allowed) + ", found 0x"
                            + Integer.toHexString(claim.flags) + "; is it encrypted?");
        }
        if (claim.method != STORED && claim.method != DEFLATED) {
            throw malformed(claim, "expected method 0 (stored) or 8 (deflated), found " + claim.method);
        }
        if (claim.method == STORED && claim.storedSize != claim.size) {
            throw malformed(claim, "is stored as it is, expected " + claim.size + " bytes, found " + claim.storedSize);
        }
    }

    private static void requireSameName(Claim claim, MemorySegment local) {
        String name = StrictText.decode(local).orElse("no text");
        if (!name.equals(claim.name)) {
            throw malformed(
                    claim,
                    "expected the same name in its header at byte " + claim.headerOffset + ", found "
                            + StrictJson.printable(name));
        }
    }

    private static void requireSameHeader(Claim claim, MemorySegment header, MemorySegment extra) {
        Zip64Sizes sizes = Zip64Sizes.in(claim.where, extra);
        requireSame(claim, "flags", claim.flags, LittleEndian.u16(header, 6));
        requireSame(claim, "method", claim.method, LittleEndian.u16(header, 8));
        requireSameOrLater(claim, "checksum", claim.crc, LittleEndian.u32(header, 14));
        requireSameOrLater(claim, "size", claim.size, sizes.widen(LittleEndian.u32(header, 22)));
        requireSameOrLater(claim, "stored size", claim.storedSize, sizes.widen(LittleEndian.u32(header, 18)));
    }

    /** With a descriptor after the data, the header may leave a field zero. */
    private static void requireSameOrLater(Claim claim, String field, long expected, long found) {
        if (found != 0 || !claim.hasDescriptor()) {
            requireSame(claim, field, expected, found);
        }
    }

    private static void requireSame(Claim claim, String field, long expected, long found) {
        if (expected != found) {
            throw malformed(
                    claim,
                    "expected " + field + " " + expected + " in its header at byte " + claim.headerOffset + ", found "
                            + found);
        }
    }

    private static long descriptorEnd(Claim claim, MemorySegment memory, long at, long directory) {
        boolean present = directory - at >= 16
                && LittleEndian.u32(memory, at) == DESCRIPTOR_MAGIC
                && LittleEndian.u32(memory, at + 4) == claim.crc;
        if (present
                && LittleEndian.u32(memory, at + 8) == claim.storedSize
                && LittleEndian.u32(memory, at + 12) == claim.size) {
            return at + 16;
        }
        if (present
                && directory - at >= 24
                && LittleEndian.i64(memory, at + 8) == claim.storedSize
                && LittleEndian.i64(memory, at + 16) == claim.size) {
            return at + 24;
        }
        throw malformed(
                claim,
                "expected its sizes (" + claim.storedSize + ") repeated after its data at byte " + at
                        + ", found other bytes");
    }

    private static ModelFormatException malformed(Claim claim, String problem) {
        return new ModelFormatException(claim.where + ": " + problem);
    }
}
