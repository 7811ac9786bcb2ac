package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.checkpoint.torch.PickleValue.Plain;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Storage;
import io.github.hanllama.core.checkpoint.torch.PickleValue.StorageType;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Text;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Tuple;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Whole;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns the persistent ids of a pickle, all of them storages, into descriptions and remembers these by key. */
final class PersistentIds {
    private static final int FIELDS = 5;
    private static final int FIELDS_WITH_VIEW = 6;

    private final int fields;
    private final Map<String, Storage> storages = new LinkedHashMap<>();

    private PersistentIds(int fields) {
        this.fields = fields;
    }

    /** {@code ('storage', type, key, location, elements)}, of zip archives. */
    static PersistentIds plain() {
        return new PersistentIds(FIELDS);
    }

    /** The same and a view of another storage or None, of the format before. */
    static PersistentIds withView() {
        return new PersistentIds(FIELDS_WITH_VIEW);
    }

    /** Every storage met so far. */
    Map<String, Storage> storages() {
        return storages;
    }

    Storage read(PickleInput input, PickleValue id) {
        if (!(id instanceof Tuple(List<PickleValue> items)) || items.size() != fields) {
            throw input.malformed("expected a storage as a tuple of " + fields + ", found " + id.kind());
        }
        if (!(items.get(0) instanceof Text(String tag)) || !tag.equals("storage")) {
            throw input.malformed("expected a persistent id of a 'storage', found another");
        }
        if (!(items.get(1) instanceof StorageType type)) {
            throw input.malformed(
                    "expected a type of storage, found " + items.get(1).kind());
        }
        if (!(items.get(2) instanceof Text(String key)) || !StrictText.isName(key)) {
            throw input.malformed(
                    "expected the key of a storage, found " + items.get(2).kind());
        }
        if (!(items.get(4) instanceof Whole(long elements)) || elements < 0) {
            throw input.malformed(
                    "expected a number of elements, found " + items.get(4).kind());
        }
        if (fields == FIELDS_WITH_VIEW && items.get(5) != Plain.NONE) {
            throw input.unsupported(
                    "expected a whole storage, found a view of another; save it again with a newer" + " PyTorch");
        }
        return remember(input, new Storage(type.dtype(), key, elements));
    }

    private Storage remember(PickleInput input, Storage storage) {
        Storage known = storages.putIfAbsent(storage.key(), storage);
        if (known != null && !known.equals(storage)) {
            throw input.malformed("storage " + storage.key() + " is described twice: expected " + known.elements() + " "
                    + known.dtype() + ", found " + storage.elements() + " " + storage.dtype());
        }
        return storage;
    }
}
