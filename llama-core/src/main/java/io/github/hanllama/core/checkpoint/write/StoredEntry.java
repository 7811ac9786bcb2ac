package io.github.hanllama.core.checkpoint.write;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * One stored entry of a zip archive to be written: its local header, padded by an extra field as torch pads it, then its
 * content. Sizes and places past 4 GiB go into the 64-bit extra field.
 *
 * @param position where the local header begins
 */
record StoredEntry(String name, long position, long size) {
    static final long ELSEWHERE = 0xffff_ffffL;

    private static final int ALIGNMENT = 64;
    private static final int LOCAL_BYTES = 30;
    private static final int CENTRAL_BYTES = 46;
    private static final int EXTRA_BYTES = 4;
    private static final int ZIP64 = 1;
    private static final int PADDING = 0x4246; // "FB", torch's own
    private static final int VERSION = 45;
    private static final int UTF8 = 1 << 11;
    private static final int JANUARY_1980 = 1 << 5 | 1; // the earliest date there is, so equal files are equal

    private boolean wide() {
        return size >= ELSEWHERE;
    }

    private int wideBytes() {
        return wide() ? EXTRA_BYTES + 2 * Long.BYTES : 0;
    }

    private byte[] nameBytes() {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    private int paddingBytes() {
        long unpadded = position + LOCAL_BYTES + nameBytes().length + wideBytes() + EXTRA_BYTES;
        return (int) (Math.ceilDiv(unpadded, ALIGNMENT) * ALIGNMENT - unpadded);
    }

    /** Where the content begins. */
    long offset() {
        return position + LOCAL_BYTES + nameBytes().length + wideBytes() + EXTRA_BYTES + paddingBytes();
    }

    /** Where the content ends. */
    long end() {
        return offset() + size;
    }

    ByteBuffer local(long crc32) {
        ByteBuffer header = buffer((int) (offset() - position));
        header.putInt(0x04034b50).putShort((short) VERSION);
        putCommon(header, crc32).putShort((short) (wideBytes() + EXTRA_BYTES + paddingBytes()));
        header.put(nameBytes());
        if (wide()) {
            header.putShort((short) ZIP64)
                    .putShort((short) (2 * Long.BYTES))
                    .putLong(size)
                    .putLong(size);
        }
        header.putShort((short) PADDING).putShort((short) paddingBytes());
        return header.position(header.limit()).flip(); // the padding is zeros
    }

    ByteBuffer central(long crc32) {
        boolean far = position >= ELSEWHERE;
        int wideValues = (wide() ? 2 : 0) + (far ? 1 : 0);
        int extra = wideValues == 0 ? 0 : EXTRA_BYTES + wideValues * Long.BYTES;
        ByteBuffer header = buffer(CENTRAL_BYTES + nameBytes().length + extra);
        header.putInt(0x02014b50).putShort((short) VERSION).putShort((short) VERSION);
        putCommon(header, crc32).putShort((short) extra);
        header.putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(0); // no comment, one disk, no flags
        header.putInt((int) Math.min(position, ELSEWHERE)).put(nameBytes());
        if (wideValues > 0) {
            header.putShort((short) ZIP64).putShort((short) (wideValues * Long.BYTES));
        }
        if (wide()) {
            header.putLong(size).putLong(size);
        }
        if (far) {
            header.putLong(position);
        }
        return header.flip();
    }

    private ByteBuffer putCommon(ByteBuffer header, long crc32) {
        int narrow = (int) Math.min(size, ELSEWHERE);
        header.putShort((short) UTF8).putShort((short) 0); // stored
        header.putShort((short) 0).putShort((short) JANUARY_1980);
        header.putInt((int) crc32).putInt(narrow).putInt(narrow);
        return header.putShort((short) nameBytes().length);
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
