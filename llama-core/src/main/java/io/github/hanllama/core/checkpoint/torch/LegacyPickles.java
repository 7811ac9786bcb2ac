package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.checkpoint.torch.PickleValue.Items;
import io.github.hanllama.core.checkpoint.torch.PickleValue.LongWhole;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Plain;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Storage;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Table;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Text;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Whole;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.json.StrictJson;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The format of torch.save before version 1.6: five pickles one after the other (magic number, protocol, machine,
 * tensors, keys of storages), then each storage as its number of elements and its data.
 */
final class LegacyPickles implements TorchStorages {
    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long PROTOCOL = 1001;

    private final String file;
    private final MemorySegment memory;
    private final PickleInput input;
    private final PersistentIds ids = PersistentIds.withView();
    private final Map<String, Long> offsets = new HashMap<>();

    private LegacyPickles(String file, MemorySegment memory) {
        this.file = file;
        this.memory = memory;
        this.input = new PickleInput(file, memory);
    }

    static List<TorchView> read(String file, MemorySegment memory) {
        LegacyPickles pickles = new LegacyPickles(file, memory);
        pickles.requireMagic();
        pickles.requireProtocol();
        pickles.requireLittleEndian();
        PickleValue value = pickles.next();
        pickles.locateStorages(pickles.next());
        return TorchContents.views(file, value, pickles);
    }

    private PickleValue next() {
        return PickleMachine.run(input, ids);
    }

    private void requireMagic() {
        PickleValue magic = next();
        if (!(magic instanceof LongWhole(BigInteger value)) || !value.equals(MAGIC)) {
            throw input.malformed(
                    "expected the magic number 0x" + MAGIC.toString(16) + " of PyTorch, found " + magic.kind());
        }
    }

    private void requireProtocol() {
        PickleValue protocol = next();
        if (!(protocol instanceof Whole(long value)) || value != PROTOCOL) {
            throw input.malformed("expected protocol version " + PROTOCOL + ", found " + protocol.kind());
        }
    }

    private void requireLittleEndian() {
        PickleValue machine = next();
        if (!(machine instanceof Table table) || table.values.get("little_endian") != Plain.TRUE) {
            throw new UnsupportedModelException(file + ": expected little_endian True in sys_info, found another"
                    + " machine; save it again on a little-endian one");
        }
    }

    private void locateStorages(PickleValue keys) {
        if (!(keys instanceof Items items)) {
            throw input.malformed("expected a list of the keys of storages, found " + keys.kind());
        }
        long at = input.position();
        for (PickleValue key : items.values) {
            at = locateStorage(key, at);
        }
        if (at != memory.byteSize()) {
            throw malformed(
                    at, "expected the end after the last storage, found " + (memory.byteSize() - at) + " more bytes");
        }
    }

    private long locateStorage(PickleValue key, long at) {
        if (!(key instanceof Text(String name))) {
            throw input.malformed("expected the key of a storage, found " + key.kind());
        }
        Storage storage = ids.storages().get(name);
        if (storage == null) {
            throw input.malformed(
                    "expected keys of storages that tensors use, found '" + StrictJson.printable(name) + "'");
        }
        if (memory.byteSize() - at < Long.BYTES) {
            throw malformed(at, "expected storage " + name + ", found the end; is the download complete?");
        }
        long elements = LittleEndian.i64(memory, at);
        if (elements != storage.elements()) {
            throw malformed(
                    at, "expected storage " + name + " of " + storage.elements() + " elements, found " + elements);
        }
        long start = at + Long.BYTES;
        long available = memory.byteSize() - start;
        if (elements > available / storage.dtype().blockBytes()) {
            throw malformed(
                    start,
                    "expected " + elements + " " + storage.dtype() + " of storage " + name + ", found " + available
                            + " bytes; is the download complete?");
        }
        if (offsets.putIfAbsent(name, start) != null) {
            throw malformed(at, "expected each storage once, found " + name + " twice");
        }
        return start + storage.dtype().bytes(elements);
    }

    @Override
    public long offset(String tensor, Storage storage) {
        Long offset = offsets.get(storage.key());
        if (offset == null) {
            throw new ModelFormatException(tensor + ": expected its data in storage " + storage.key()
                    + ", found no such storage in the list of keys");
        }
        return offset;
    }

    private ModelFormatException malformed(long at, String problem) {
        return new ModelFormatException(file + ": byte " + at + ": " + problem);
    }
}
