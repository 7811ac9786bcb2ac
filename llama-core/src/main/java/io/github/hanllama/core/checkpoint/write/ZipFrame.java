package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.checkpoint.write.ShardLayout.Piece;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** What a zip archive to be written holds besides contents: local headers, the directory, and the end records. */
final class ZipFrame {
    private static final int END64_BYTES = 56;
    private static final int LOCATOR_BYTES = 20;
    private static final int END_BYTES = 22;
    private static final int MANY = 0xffff;
    private static final short VERSION = 45;

    private final List<StoredEntry> entries;
    private final long directory;
    private final long directoryBytes;

    /** @param directory where the last entry ends */
    ZipFrame(List<StoredEntry> entries, long directory) {
        this.entries = entries;
        this.directory = directory;
        this.directoryBytes =
                entries.stream().mapToLong(entry -> entry.central(0).limit()).sum();
    }

    private boolean wide() {
        return entries.size() >= MANY || directory + directoryBytes >= StoredEntry.ELSEWHERE;
    }

    /** The length of the archive. */
    long end() {
        return directory + directoryBytes + (wide() ? END64_BYTES + LOCATOR_BYTES : 0) + END_BYTES;
    }

    /** @param crc32 of each entry's content, in their order */
    List<Piece> pieces(List<Long> crc32) {
        List<Piece> pieces = new ArrayList<>();
        ByteBuffer tail =
                ByteBuffer.allocate(Math.toIntExact(end() - directory)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < entries.size(); i++) {
            StoredEntry entry = entries.get(i);
            pieces.add(new Piece(entry.position(), entry.local(crc32.get(i))));
            tail.put(entry.central(crc32.get(i)));
        }
        if (wide()) {
            putEnd64(tail);
        }
        putEnd(tail);
        pieces.add(new Piece(directory, tail.flip()));
        return pieces;
    }

    private void putEnd64(ByteBuffer tail) {
        tail.putInt(0x06064b50).putLong(END64_BYTES - 12L).putShort(VERSION).putShort(VERSION);
        tail.putInt(0).putInt(0).putLong(entries.size()).putLong(entries.size());
        tail.putLong(directoryBytes).putLong(directory);
        tail.putInt(0x07064b50).putInt(0).putLong(directory + directoryBytes).putInt(1);
    }

    private void putEnd(ByteBuffer tail) {
        short count = (short) Math.min(entries.size(), MANY);
        tail.putInt(0x06054b50).putInt(0).putShort(count).putShort(count);
        tail.putInt((int) Math.min(directoryBytes, StoredEntry.ELSEWHERE));
        tail.putInt((int) Math.min(directory, StoredEntry.ELSEWHERE)).putShort((short) 0);
    }
}
