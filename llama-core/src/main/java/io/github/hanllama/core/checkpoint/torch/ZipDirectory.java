package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.json.StrictJson;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/**
 * Reads the central directory of a zip archive that lies in memory. Every entry is checked where it lies, so that no
 * two readers can see two archives in one file; nothing is unpacked.
 */
final class ZipDirectory {
    static final int RECORD_BYTES = 46;

    private static final long RECORD_MAGIC = 0x02014b50L;
    private static final long MAX_ENTRIES = 200_000;
    private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:");
    private static final Pattern NO_STEP_DOWN = Pattern.compile("(^|/)\\.{0,2}(/|$)");

    private final String file;
    private final MemorySegment memory;
    private final boolean holes;
    private final ZipEnd end;
    private final SequencedMap<String, ZipEntry> entries = new LinkedHashMap<>();

    private ZipDirectory(String file, MemorySegment memory, boolean holes) {
        this.holes = holes;
        this.file = file;
        this.memory = memory;
        this.end = ZipEnd.find(file, memory);
    }

    /** Every entry by name, in the order of the directory. */
    static SequencedMap<String, ZipEntry> read(String file, MemorySegment memory) {
        return read(file, memory, false);
    }

    /** @param holes whether zeros take the place of all that {@link TorchHeader} does not read */
    static SequencedMap<String, ZipEntry> read(String file, MemorySegment memory, boolean holes) {
        ZipDirectory directory = new ZipDirectory(file, memory, holes);
        directory.readRecords();
        directory.requireApart();
        return directory.entries;
    }

    private void readRecords() {
        if (end.entries() > MAX_ENTRIES) {
            throw malformed(end.limit(), "expected at most " + MAX_ENTRIES + " entries, found " + end.entries());
        }
        long at = end.offset();
        for (long i = 0; i < end.entries(); i++) {
            at = readRecord(at);
        }
        if (at != end.limit()) {
            throw malformed(
                    at,
                    "expected the central directory to end after " + end.entries() + " entries, found "
                            + (end.limit() - at) + " more bytes");
        }
    }

    private long readRecord(long at) {
        if (at > end.limit() - RECORD_BYTES || LittleEndian.u32(memory, at) != RECORD_MAGIC) {
            throw malformed(at, "expected a record of the central directory, found other bytes");
        }
        int nameLength = LittleEndian.u16(memory, at + 28);
        int extraLength = LittleEndian.u16(memory, at + 30);
        int commentLength = LittleEndian.u16(memory, at + 32);
        long next = at + RECORD_BYTES + nameLength + extraLength + commentLength;
        if (next > end.limit()) {
            throw malformed(at, "expected a record that ends before byte " + end.limit() + ", found one to " + next);
        }
        String name = name(at, memory.asSlice(at + RECORD_BYTES, nameLength));
        MemorySegment extra = memory.asSlice(at + RECORD_BYTES + nameLength, extraLength);
        ZipEntry entry = entry(claim(at, name, extra));
        if (entries.putIfAbsent(name, entry) != null) {
            throw malformed(at, "expected one entry named " + name + ", found two");
        }
        return next;
    }

    private ZipEntry entry(ZipEntry.Claim claim) {
        boolean hole = holes && !TorchHeader.isPartOfIt(claim.name());
        return hole ? ZipEntry.claimed(claim, end.offset()) : ZipEntry.locate(claim, memory, end.offset());
    }

    private ZipEntry.Claim claim(long at, String name, MemorySegment extra) {
        String where = file + ": " + name;
        Zip64Sizes sizes = Zip64Sizes.in(where, extra);
        long size = sizes.widen(LittleEndian.u32(memory, at + 24));
        long storedSize = sizes.widen(LittleEndian.u32(memory, at + 20));
        long headerOffset = sizes.widen(LittleEndian.u32(memory, at + 42));
        return new ZipEntry.Claim(
                where,
                name,
                LittleEndian.u16(memory, at + 8),
                LittleEndian.u16(memory, at + 10),
                LittleEndian.u32(memory, at + 16),
                storedSize,
                size,
                headerOffset);
    }

    /** Names are only looked up, never turned into paths; one that tries to be more is refused all the same. */
    private String name(long at, MemorySegment bytes) {
        String name = StrictText.decode(bytes).orElseThrow(() -> malformed(at, "expected a name in UTF-8"));
        if (!StrictText.isName(name) || escapes(name)) {
            throw malformed(at, "expected a plain name inside the archive, found '" + StrictJson.printable(name) + "'");
        }
        return name;
    }

    private static boolean escapes(String name) {
        String path = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
        return name.indexOf('\\') >= 0
                || DRIVE.matcher(name).lookingAt()
                || NO_STEP_DOWN.matcher(path).find();
    }

    private void requireApart() {
        List<ZipEntry> inOrder = new ArrayList<>(entries.values());
        inOrder.sort(Comparator.comparingLong(ZipEntry::headerOffset));
        for (int i = 1; i < inOrder.size(); i++) {
            ZipEntry previous = inOrder.get(i - 1);
            ZipEntry entry = inOrder.get(i);
            if (entry.headerOffset() < previous.end()) {
                throw malformed(
                        entry.headerOffset(),
                        entry.name() + " begins here and overlaps " + previous.name() + ", expected it from byte "
                                + previous.end() + " on");
            }
        }
    }

    private ModelFormatException malformed(long at, String problem) {
        return new ModelFormatException(file + ": byte " + at + ": " + problem);
    }
}
