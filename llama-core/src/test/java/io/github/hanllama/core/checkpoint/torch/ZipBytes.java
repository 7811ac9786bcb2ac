package io.github.hanllama.core.checkpoint.torch;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes zip archives by hand, so that any field of any header can be wrong. */
final class ZipBytes {
    private static final int DESCRIPTOR_FLAG = 8;
    private static final long ELSEWHERE = 0xffff_ffffL;

    private final List<Entry> entries = new ArrayList<>();
    private boolean zip64;

    /** One entry; change its fields before building. */
    static final class Entry {
        String name;
        String localName;
        byte[] stored;
        int size;
        int method;
        int flags;
        long crc;
        boolean wide;
        int localAt;
        int centralAt;
        int dataAt;

        private Entry(String name, byte[] data) {
            this.name = name;
            this.localName = name;
            this.stored = data;
            this.size = data.length;
            CRC32 crc32 = new CRC32();
            crc32.update(data);
            this.crc = crc32.getValue();
        }

        Entry deflated() {
            Deflater deflater = new Deflater(9, true);
            deflater.setInput(stored);
            deflater.finish();
            byte[] buffer = new byte[stored.length + 64];
            int length = deflater.deflate(buffer);
            stored = Arrays.copyOf(buffer, length);
            deflater.end();
            method = 8;
            return this;
        }

        /** Its sizes after the data, as torch writes them. */
        Entry withDescriptor() {
            flags |= DESCRIPTOR_FLAG;
            return this;
        }
    }

    Entry add(String name, byte[] data) {
        Entry entry = new Entry(name, data);
        entries.add(entry);
        return entry;
    }

    Entry entry(String name) {
        return entries.stream().filter(e -> e.name.equals(name)).findFirst().orElseThrow();
    }

    ZipBytes zip64() {
        zip64 = true;
        return this;
    }

    byte[] build() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Entry entry : entries) {
            writeLocal(entry, out);
        }
        int directory = out.size();
        for (Entry entry : entries) {
            writeCentral(entry, out);
        }
        writeEnd(directory, out);
        return out.toByteArray();
    }

    private static void writeLocal(Entry entry, ByteArrayOutputStream out) {
        boolean later = (entry.flags & DESCRIPTOR_FLAG) != 0;
        byte[] name = entry.localName.getBytes(StandardCharsets.UTF_8);
        byte[] extra = entry.wide ? extra(entry.size, entry.stored.length) : new byte[0];
        entry.localAt = out.size();
        ByteBuffer header = buffer(30);
        header.putInt(0x04034b50).putShort((short) 45).putShort((short) entry.flags);
        header.putShort((short) entry.method).putInt(0).putInt(later ? 0 : (int) entry.crc);
        header.putInt(later ? 0 : entry.wide ? (int) ELSEWHERE : entry.stored.length);
        header.putInt(later ? 0 : entry.wide ? (int) ELSEWHERE : entry.size);
        header.putShort((short) name.length).putShort((short) extra.length);
        out.writeBytes(header.array());
        out.writeBytes(name);
        out.writeBytes(extra);
        entry.dataAt = out.size();
        out.writeBytes(entry.stored);
        if (later) {
            ByteBuffer descriptor =
                    buffer(entry.wide ? 24 : 16).putInt(0x08074b50).putInt((int) entry.crc);
            if (entry.wide) {
                descriptor.putLong(entry.stored.length).putLong(entry.size);
            } else {
                descriptor.putInt(entry.stored.length).putInt(entry.size);
            }
            out.writeBytes(descriptor.array());
        }
    }

    private static void writeCentral(Entry entry, ByteArrayOutputStream out) {
        byte[] name = entry.name.getBytes(StandardCharsets.UTF_8);
        byte[] extra = entry.wide ? extra(entry.size, entry.stored.length, entry.localAt) : new byte[0];
        entry.centralAt = out.size();
        ByteBuffer record = buffer(46);
        record.putInt(0x02014b50).putShort((short) 45).putShort((short) 45).putShort((short) entry.flags);
        record.putShort((short) entry.method).putInt(0).putInt((int) entry.crc);
        record.putInt(entry.wide ? (int) ELSEWHERE : entry.stored.length);
        record.putInt(entry.wide ? (int) ELSEWHERE : entry.size);
        record.putShort((short) name.length).putShort((short) extra.length);
        record.position(42).putInt(entry.wide ? (int) ELSEWHERE : entry.localAt);
        out.writeBytes(record.array());
        out.writeBytes(name);
        out.writeBytes(extra);
    }

    private static byte[] extra(long... values) {
        ByteBuffer extra = buffer(4 + 8 * values.length).putShort((short) 1).putShort((short) (8 * values.length));
        for (long value : values) {
            extra.putLong(value);
        }
        return extra.array();
    }

    private void writeEnd(int directory, ByteArrayOutputStream out) {
        int end = out.size();
        if (zip64) {
            ByteBuffer wide = buffer(76).putInt(0x06064b50).putLong(44).putShort((short) 45);
            wide.putShort((short) 45)
                    .putInt(0)
                    .putInt(0)
                    .putLong(entries.size())
                    .putLong(entries.size());
            wide.putLong(end - directory).putLong(directory);
            out.writeBytes(
                    wide.putInt(0x07064b50).putInt(0).putLong(end).putInt(1).array());
        }
        ByteBuffer record = buffer(22).putInt(0x06054b50).putInt(0);
        record.putShort(zip64 ? -1 : (short) entries.size()).putShort(zip64 ? -1 : (short) entries.size());
        out.writeBytes(record.putInt(zip64 ? -1 : end - directory)
                .putInt(zip64 ? -1 : directory)
                .array());
    }

    private static ByteBuffer buffer(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Overwrites part of a file. */
    static byte[] patch(byte[] file, int at, int... bytes) {
        byte[] patched = file.clone();
        for (int i = 0; i < bytes.length; i++) {
            patched[at + i] = (byte) bytes[i];
        }
        return patched;
    }
}
