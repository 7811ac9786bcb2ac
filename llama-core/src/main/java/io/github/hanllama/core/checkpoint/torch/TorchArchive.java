package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.checkpoint.torch.PickleValue.Storage;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.json.StrictJson;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A zip archive as torch.save writes it: one folder with {@code data.pkl}, {@code data/<key>} for each storage and
 * perhaps {@code byteorder}. Storages are used where they lie.
 */
final class TorchArchive implements TorchStorages {
    private static final String PICKLE = "data.pkl";
    private static final long MAX_PICKLE_BYTES = 256 << 20;
    private static final long MAX_INFLATION = 100;
    private static final long MAX_BYTE_ORDER_BYTES = 16;

    private final String file;
    private final MemorySegment memory;
    private final SequencedMap<String, ZipEntry> entries;
    private final String root;

    private TorchArchive(String file, MemorySegment memory, boolean holes) {
        this.file = file;
        this.memory = memory;
        this.entries = ZipDirectory.read(file, memory, holes);
        this.root = root();
    }

    /** @param holes whether the data may be missing, zeros in its place */
    static List<TorchView> read(String file, MemorySegment memory, boolean holes) {
        TorchArchive archive = new TorchArchive(file, memory, holes);
        archive.requireStateDict();
        archive.requireLittleEndian();
        PickleInput input = archive.pickle();
        PickleValue value = PickleMachine.run(input, PersistentIds.plain());
        if (input.remaining() > 0) {
            throw input.malformed("expected the end after it, found " + input.remaining() + " more bytes");
        }
        return TorchContents.views(file, value, archive);
    }

    private String root() {
        List<String> roots = entries.keySet().stream()
                .filter(name -> name.endsWith("/" + PICKLE) && name.indexOf('/') == name.lastIndexOf('/'))
                .map(name -> name.substring(0, name.indexOf('/') + 1))
                .toList();
        if (roots.isEmpty()) {
            throw unsupported("expected an archive of PyTorch with a data.pkl, found a zip archive of " + entries.size()
                    + " other files");
        }
        String found = roots.getFirst();
        Optional<String> other = entries.keySet().stream()
                .filter(name -> !name.startsWith(found))
                .findFirst();
        if (other.isPresent()) {
            throw malformed(
                    "expected one folder " + found + ", found " + StrictJson.printable(other.get()) + " outside of it");
        }
        return found;
    }

    private void requireStateDict() {
        boolean script = entries.keySet().stream()
                .anyMatch(name -> name.equals(root + "constants.pkl") || name.startsWith(root + "code/"));
        if (script) {
            throw unsupported("is TorchScript, not a state dict: expected tensors alone, found a program; save the"
                    + " state_dict of the model");
        }
    }

    private void requireLittleEndian() {
        ZipEntry entry = entries.get(root + "byteorder");
        if (entry == null) {
            return;
        }
        MemorySegment bytes = content(entry, MAX_BYTE_ORDER_BYTES);
        String order = StrictText.decode(bytes).orElse("no text");
        if (order.equals("big")) {
            throw unsupported(
                    "expected little-endian data, found byteorder big; save it again on a little-endian" + " machine");
        }
        if (!order.equals("little")) {
            throw malformed("expected byteorder little, found '" + StrictJson.printable(order) + "'");
        }
    }

    private PickleInput pickle() {
        ZipEntry entry = Objects.requireNonNull(entries.get(root + PICKLE));
        return new PickleInput(file + ": " + PICKLE, content(entry, MAX_PICKLE_BYTES));
    }

    /** The content of a small entry, which others than torch may have compressed. */
    private MemorySegment content(ZipEntry entry, long maxBytes) {
        if (entry.size() > maxBytes) {
            throw new ModelFormatException(
                    entry.where() + ": expected at most " + maxBytes + " bytes, found " + entry.size());
        }
        MemorySegment stored = memory.asSlice(entry.offset(), entry.storedSize());
        return entry.method() == ZipEntry.STORED ? stored : inflate(entry, stored);
    }

    private static MemorySegment inflate(ZipEntry entry, MemorySegment stored) {
        if (entry.size() / MAX_INFLATION > entry.storedSize()) {
            throw new ModelFormatException(entry.where() + ": expected at most " + MAX_INFLATION
                    + " times its stored size of " + entry.storedSize() + ", found " + entry.size());
        }
        byte[] content = new byte[(int) entry.size() + 1]; // one more, to see whether there is more
        try (Inflater inflater = new Inflater(true)) {
            inflater.setInput(stored.asByteBuffer());
            int length = 0;
            while (!inflater.finished() && length < content.length) {
                int count = inflater.inflate(content, length, content.length - length);
                if (count == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
                    break;
                }
                length += count;
            }
            if (!inflater.finished() || length != entry.size() || inflater.getRemaining() > 0) {
                throw new ModelFormatException(entry.where() + ": expected " + entry.size()
                        + " bytes when unpacked, found " + (inflater.finished() ? length : "no end after " + length));
            }
        } catch (DataFormatException e) {
            throw new ModelFormatException(entry.where() + ": expected deflated data, found other bytes", e);
        }
        return MemorySegment.ofArray(content).asSlice(0, entry.size());
    }

    @Override
    public long offset(String tensor, Storage storage) {
        String name = root + "data/" + storage.key();
        ZipEntry entry = entries.get(name);
        if (entry == null) {
            throw new ModelFormatException(
                    tensor + ": expected its data in " + StrictJson.printable(name) + ", found no such entry");
        }
        if (entry.method() != ZipEntry.STORED) {
            throw new UnsupportedModelException(tensor + ": expected its data stored as it is in " + name
                    + ", found it compressed; pack the archive again without compression");
        }
        long expected = storage.dtype().bytes(storage.elements());
        if (entry.size() != expected) {
            throw new ModelFormatException(tensor + ": expected " + expected + " bytes (" + storage.elements() + " "
                    + storage.dtype() + ") in " + name + ", found " + entry.size());
        }
        return entry.offset();
    }

    private LlamaException unsupported(String problem) {
        return new UnsupportedModelException(file + ": " + problem);
    }

    private LlamaException malformed(String problem) {
        return new ModelFormatException(file + ": " + problem);
    }
}
