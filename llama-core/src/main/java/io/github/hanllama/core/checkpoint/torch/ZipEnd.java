package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.error.ModelFormatException;
import java.lang.foreign.MemorySegment;

/**
 * The end of a zip archive, with or without its 64-bit form: where the central directory lies. The directory must
 * end where this record begins, and this record where the file ends, so there is one reading of the archive.
 *
 * @param entries how many the directory claims to have
 * @param offset where the directory begins
 * @param limit where it ends
 */
record ZipEnd(long entries, long offset, long limit) {
    private static final long END_MAGIC = 0x06054b50L;
    private static final long END64_MAGIC = 0x06064b50L;
    private static final long LOCATOR_MAGIC = 0x07064b50L;
    private static final int END_BYTES = 22;
    private static final int END64_BYTES = 56;
    private static final int LOCATOR_BYTES = 20;
    private static final long U16_ELSEWHERE = 0xffffL;
    private static final long U32_ELSEWHERE = 0xffff_ffffL;

    static ZipEnd find(String file, MemorySegment memory) {
        long at = memory.byteSize() - END_BYTES;
        if (at < 0 || LittleEndian.u32(memory, at) != END_MAGIC || LittleEndian.u16(memory, at + 20) != 0) {
            throw new ModelFormatException(file + ": expected the end of a zip archive in the last " + END_BYTES
                    + " bytes, found other bytes; is the download complete?");
        }
        requireOneDisk(file, at, LittleEndian.u16(memory, at + 4), LittleEndian.u16(memory, at + 6));
        long onDisk = LittleEndian.u16(memory, at + 8);
        long entries = LittleEndian.u16(memory, at + 10);
        long size = LittleEndian.u32(memory, at + 12);
        long offset = LittleEndian.u32(memory, at + 16);
        long locator = at - LOCATOR_BYTES;
        if (locator < END64_BYTES || LittleEndian.u32(memory, locator) != LOCATOR_MAGIC) {
            return checked(file, at, onDisk, entries, offset, size);
        }
        ZipEnd end = find64(file, memory, locator);
        requireSame(file, at, entries, U16_ELSEWHERE, end.entries);
        requireSame(file, at, size, U32_ELSEWHERE, end.limit - end.offset);
        requireSame(file, at, offset, U32_ELSEWHERE, end.offset);
        return end;
    }

    private static ZipEnd find64(String file, MemorySegment memory, long locator) {
        long at = LittleEndian.i64(memory, locator + 8);
        if (at < 0 || at > locator - END64_BYTES || LittleEndian.u32(memory, at) != END64_MAGIC) {
            throw new ModelFormatException(file + ": byte " + locator + ": expected the place of the 64-bit end record,"
                    + " found " + Long.toUnsignedString(at));
        }
        long length = LittleEndian.i64(memory, at + 4);
        if (length != locator - at - 12) {
            throw new ModelFormatException(file + ": byte " + at + ": expected a 64-bit end record of "
                    + (locator - at - 12) + " bytes, found " + Long.toUnsignedString(length));
        }
        requireOneDisk(file, at, LittleEndian.i32(memory, at + 16), LittleEndian.i32(memory, at + 20));
        long onDisk = LittleEndian.i64(memory, at + 24);
        long entries = LittleEndian.i64(memory, at + 32);
        long size = LittleEndian.i64(memory, at + 40);
        long offset = LittleEndian.i64(memory, at + 48);
        return checked(file, at, onDisk, entries, offset, size);
    }

    private static void requireOneDisk(String file, long at, int disk, int directoryDisk) {
        if (disk != 0 || directoryDisk != 0) {
            throw new ModelFormatException(
                    file + ": byte " + at + ": expected a zip archive in one part, found part " + disk);
        }
    }

    private static ZipEnd checked(String file, long at, long onDisk, long entries, long offset, long size) {
        if (offset < 0 || size < 0 || offset > at || size != at - offset) {
            throw new ModelFormatException(
                    file + ": byte " + at + ": expected the central directory to end here, found "
                            + Long.toUnsignedString(size) + " bytes of it from " + Long.toUnsignedString(offset)
                            + "; is the download complete?");
        }
        if (entries < 0 || entries != onDisk || entries > size / ZipDirectory.RECORD_BYTES) {
            throw new ModelFormatException(file + ": byte " + at + ": expected at most "
                    + size / ZipDirectory.RECORD_BYTES + " entries, found " + Long.toUnsignedString(entries) + " of "
                    + Long.toUnsignedString(onDisk));
        }
        return new ZipEnd(entries, offset, at);
    }

    private static void requireSame(String file, long at, long narrow, long elsewhere, long wide) {
        if (narrow != wide && narrow != elsewhere) {
            throw new ModelFormatException(
                    file + ": byte " + at + ": the two end records disagree: expected " + wide + ", found " + narrow);
        }
    }
}
