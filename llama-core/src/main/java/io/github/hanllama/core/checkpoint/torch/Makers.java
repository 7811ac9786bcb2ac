package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.checkpoint.torch.PickleValue.Items;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Maker;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Plain;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Product;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Storage;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Table;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Text;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Tuple;
import io.github.hanllama.core.checkpoint.torch.PickleValue.View;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Whole;
import io.github.hanllama.core.json.StrictJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the opcodes that would call, construct or fill an object make of the few names that tensors need. */
final class Makers {
    private static final int MAX_RANK = 8;
    /** A list of pairs can be used again and again, each time making a table of its size. */
    private static final int MAX_PAIRS = 100_000;

    private final PickleInput input;
    private long pairsSeen;

    Makers(PickleInput input) {
        this.input = input;
    }

    /** REDUCE: a name applied to a tuple. */
    PickleValue make(PickleValue name, PickleValue arguments) {
        if (!(name instanceof Maker(String text, Product product))) {
            throw input.malformed("expected a name that makes a tensor or a table, found " + name.kind());
        }
        if (!(arguments instanceof Tuple(List<PickleValue> items))) {
            throw input.malformed("expected a tuple of arguments of " + text + ", found " + arguments.kind());
        }
        Optional<PickleValue> made =
                switch (product) {
                    case TABLE -> table(items);
                    case TENSOR -> tensor(items);
                    case PARAMETER -> parameter(items);
                    case TUPLE -> items.size() == 1 ? Optional.of(items.getFirst()) : Optional.empty();
                    case BYTES -> Optional.of(Plain.BYTES);
                    case DEVICE -> Optional.of(Plain.DEVICE);
                    case LAYOUT -> Optional.of(Plain.LAYOUT);
                };
        return made.orElseThrow(() -> input.malformed("expected the arguments of " + text + ", found "
                + String.join(
                        ", ",
                        items.stream().limit(MAX_RANK).map(PickleValue::kind).toList())));
    }

    /** NEWOBJ: only tables are made this way. */
    PickleValue construct(PickleValue name, PickleValue arguments) {
        if (name instanceof Maker(String text, Product product)
                && product == Product.TABLE
                && arguments instanceof Tuple(List<PickleValue> items)
                && items.isEmpty()) {
            return new Table();
        }
        throw input.malformed("expected collections.OrderedDict, found " + name.kind());
    }

    /** BUILD: tables carry attributes such as the versions of modules, which say nothing about the tensors. */
    void fill(PickleValue target, PickleValue state) {
        if (!(target instanceof Table) || !(state instanceof Table)) {
            throw input.malformed(
                    "expected the attributes of a table, found " + state.kind() + " for " + target.kind());
        }
    }

    /** SETITEM: what a key leads to, once. */
    void put(PickleValue target, PickleValue key, PickleValue value) {
        if (!(target instanceof Table table)) {
            throw input.malformed("expected a table, found " + target.kind());
        }
        if (!(key instanceof Text(String name))) {
            table.strayKey = Optional.of(key.kind());
        } else if (table.values.putIfAbsent(name, value) != null) {
            throw input.malformed("expected each key once, found '" + StrictJson.printable(name) + "' twice");
        }
    }

    private Optional<PickleValue> table(List<PickleValue> items) {
        Table table = new Table();
        if (items.isEmpty()) {
            return Optional.of(table);
        }
        if (items.size() != 1 || !(items.getFirst() instanceof Items pairs)) {
            return Optional.empty();
        }
        pairsSeen += pairs.values.size();
        if (pairsSeen > MAX_PAIRS) {
            throw input.malformed("expected at most " + MAX_PAIRS + " pairs of keys and values, found more");
        }
        for (PickleValue pair : pairs.values) { // how Python 2 wrote one
            List<PickleValue> keyAndValue =
                    switch (pair) {
                        case Items list -> list.values;
                        case Tuple(List<PickleValue> both) -> both;
                        default -> List.of();
                    };
            if (keyAndValue.size() != 2) {
                return Optional.empty();
            }
            put(table, keyAndValue.getFirst(), keyAndValue.getLast());
        }
        return Optional.of(table);
    }

    /** Storage, offset, sizes, strides, and from the second version on: requires_grad, hooks, metadata. */
    private Optional<PickleValue> tensor(List<PickleValue> items) {
        boolean expected = (items.size() == 4 || items.size() == 6 || items.size() == 7)
                && items.subList(4, items.size()).stream().allMatch(Makers::isFlagOrTable);
        if (!expected
                || !(items.get(0) instanceof Storage storage)
                || !(items.get(1) instanceof Whole(long offset))
                || !(items.get(2) instanceof Tuple(List<PickleValue> sizes))
                || !(items.get(3) instanceof Tuple(List<PickleValue> strides))
                || sizes.size() != strides.size()) {
            return Optional.empty();
        }
        if (items.stream().skip(4).anyMatch(Makers::isFilled)) {
            throw input.unsupported("expected a plain tensor, found one with hooks or a conjugate or negative bit; save"
                    + " plain tensors");
        }
        if (sizes.size() > MAX_RANK) {
            throw input.malformed("expected at most " + MAX_RANK + " dimensions, found " + sizes.size());
        }
        return Optional.of(new View(storage, offset, integers(sizes), integers(strides)));
    }

    /** A flag, or a table of hooks or metadata, or none. */
    private static boolean isFlagOrTable(PickleValue value) {
        return value instanceof Table || value == Plain.TRUE || value == Plain.FALSE || value == Plain.NONE;
    }

    private static boolean isFilled(PickleValue value) {
        return value instanceof Table table && (!table.values.isEmpty() || table.strayKey.isPresent());
    }

    private List<Long> integers(List<PickleValue> items) {
        List<Long> values = new ArrayList<>(items.size());
        for (PickleValue item : items) {
            if (!(item instanceof Whole(long value))) {
                throw input.malformed("expected sizes and strides as integers below 2^63, found " + item.kind());
            }
            values.add(value);
        }
        return List.copyOf(values);
    }

    private static Optional<PickleValue> parameter(List<PickleValue> items) {
        boolean expected = !items.isEmpty()
                && items.size() <= 3
                && items.getFirst() instanceof View
                && items.subList(1, items.size()).stream().allMatch(Makers::isFlagOrTable);
        return expected ? Optional.of(items.getFirst()) : Optional.empty();
    }
}
