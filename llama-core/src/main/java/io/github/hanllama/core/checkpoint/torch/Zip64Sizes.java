package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.error.ModelFormatException;
import java.lang.foreign.MemorySegment;

/** Reads the fields of a zip header that may be 64 bits wide: those that do not fit lie in an extra field, in order. */
final class Zip64Sizes {
    private static final int ID = 1;
    private static final long ELSEWHERE = 0xffff_ffffL;

    private final String where;
    private final MemorySegment fields;
    private long position;

    private Zip64Sizes(String where, MemorySegment fields) {
        this.where = where;
        this.fields = fields;
    }

    /** @param extra all extra fields of one header */
    static Zip64Sizes in(String where, MemorySegment extra) {
        long at = 0;
        while (extra.byteSize() - at >= 4) {
            int length = LittleEndian.u16(extra, at + 2);
            if (length > extra.byteSize() - at - 4) {
                throw new ModelFormatException(where + ": expected an extra field of at most "
                        + (extra.byteSize() - at - 4) + " bytes, found " + length);
            }
            if (LittleEndian.u16(extra, at) == ID) {
                return new Zip64Sizes(where, extra.asSlice(at + 4, length));
            }
            at += 4 + length;
        }
        return new Zip64Sizes(where, MemorySegment.NULL);
    }

    /** The value of the next field that may be wide, given its narrow form. */
    long widen(long narrow) {
        if (narrow != ELSEWHERE) {
            return narrow;
        }
        if (fields.byteSize() - position < Long.BYTES) {
            throw new ModelFormatException(where + ": expected its 64-bit sizes in an extra field, found none");
        }
        long wide = LittleEndian.i64(fields, position);
        position += Long.BYTES;
        if (wide < 0) {
            throw new ModelFormatException(
                    where + ": expected a size below 2^63, found " + Long.toUnsignedString(wide));
        }
        return wide;
    }
}
