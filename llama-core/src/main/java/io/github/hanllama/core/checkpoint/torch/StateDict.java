package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.checkpoint.torch.PickleValue.Table;
import io.github.hanllama.core.checkpoint.torch.PickleValue.View;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.json.StrictJson;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** Finds the one table of tensors in what a file holds: all of it, or under one of the customary keys. */
final class StateDict {
    private static final List<String> WRAPPERS = List.of("state_dict", "model_state_dict", "model", "module");
    /** What data-parallel training puts before every name. */
    private static final String PARALLEL_PREFIX = "module.";

    private static final int MAX_TENSORS = 100_000;

    private final String file;

    private StateDict(String file) {
        this.file = file;
    }

    /** Tensors by name, in the order of the file. */
    static SequencedMap<String, View> of(String file, PickleValue root) {
        return new StateDict(file).find(root);
    }

    private SequencedMap<String, View> find(PickleValue root) {
        if (!(root instanceof Table table)) {
            throw refusal("expected a table of tensors (a state_dict), found " + root.kind());
        }
        SequencedMap<String, Table> wrapped = wrapped(table);
        if (wrapped.isEmpty()) {
            return withoutPrefix(tensors("", table));
        }
        requireOneTable(table, wrapped);
        Map.Entry<String, Table> only = wrapped.firstEntry();
        return withoutPrefix(tensors(only.getKey() + ": ", only.getValue()));
    }

    private static SequencedMap<String, Table> wrapped(Table table) {
        SequencedMap<String, Table> wrapped = new LinkedHashMap<>();
        for (String key : WRAPPERS) {
            if (table.values.get(key) instanceof Table inner) {
                wrapped.put(key, inner);
            }
        }
        return wrapped;
    }

    /** What else a training checkpoint holds does not matter, unless it could be weights too. */
    private void requireOneTable(Table table, SequencedMap<String, Table> wrapped) {
        if (wrapped.size() > 1) {
            throw refusal("expected one table of tensors, found " + String.join(" and ", wrapped.keySet()));
        }
        for (Map.Entry<String, PickleValue> entry : table.values.entrySet()) {
            if (entry.getValue() instanceof View) {
                throw refusal(
                        "expected all tensors under " + wrapped.firstEntry().getKey() + ", found "
                                + StrictJson.printable(entry.getKey()) + " beside it");
            }
        }
    }

    private SequencedMap<String, View> tensors(String path, Table table) {
        if (table.strayKey.isPresent()) {
            throw refusal(path + "expected names of tensors as keys, found " + table.strayKey.get());
        }
        if (table.values.size() > MAX_TENSORS) {
            throw malformed(path + "expected at most " + MAX_TENSORS + " tensors, found " + table.values.size());
        }
        SequencedMap<String, View> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, PickleValue> entry : table.values.entrySet()) {
            String name = entry.getKey();
            if (!StrictText.isName(name)) {
                throw malformed(path + "expected a name of at most 1000 printable characters, found '"
                        + StrictJson.printable(name) + "'");
            }
            if (!(entry.getValue() instanceof View view)) {
                throw refusal(path + name + ": expected a tensor, found "
                        + entry.getValue().kind());
            }
            tensors.put(name, view);
        }
        return tensors;
    }

    private static SequencedMap<String, View> withoutPrefix(SequencedMap<String, View> tensors) {
        boolean everywhere = tensors.keySet().stream()
                .allMatch(name -> name.startsWith(PARALLEL_PREFIX) && name.length() > PARALLEL_PREFIX.length());
        if (!everywhere) {
            return tensors;
        }
        SequencedMap<String, View> renamed = new LinkedHashMap<>();
        tensors.forEach((name, view) -> renamed.put(name.substring(PARALLEL_PREFIX.length()), view));
        return renamed;
    }

    private LlamaException refusal(String problem) {
        return new UnsupportedModelException(file + ": " + problem + "; save the state_dict alone");
    }

    private LlamaException malformed(String problem) {
        return new ModelFormatException(file + ": " + problem);
    }
}
