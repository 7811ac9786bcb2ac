package io.github.hanllama.core;

import io.github.hanllama.core.adapter.Adapter;
import io.github.hanllama.core.adapter.AdapterKind;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelSource;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;

/** Finds out what kind of adapter some files are. */
final class AdapterKinds {
    private AdapterKinds() {}

    static Adapter adapter(ModelSource source) {
        return adapter(source, installed());
    }

    static Adapter adapter(ModelSource source, List<AdapterKind> kinds) {
        if (kinds.isEmpty()) {
            throw new UnsupportedModelException(source.describe()
                    + ": no kind of adapter is installed; add the module llama-lora to the class path or module path");
        }
        FileRanges files = source.headers();
        for (AdapterKind kind : kinds) {
            if (kind.recognises(files)) {
                return kind.adapter(source);
            }
        }
        throw new UnsupportedModelException(source.describe() + ": not an adapter of a kind that is installed "
                + kinds.stream().map(AdapterKind::name).toList() + ", found the files " + shortened(files));
    }

    static List<AdapterKind> installed() {
        SortedMap<String, AdapterKind> kinds = new TreeMap<>();
        collect(ServiceLoader.load(AdapterKind.class, AdapterKinds.class.getClassLoader()), kinds);
        collect(ServiceLoader.load(AdapterKind.class), kinds);
        return new ArrayList<>(kinds.values());
    }

    private static void collect(ServiceLoader<AdapterKind> loader, SortedMap<String, AdapterKind> kinds) {
        for (AdapterKind kind : loader) {
            kinds.putIfAbsent(kind.name(), kind);
        }
    }

    private static List<String> shortened(FileRanges files) {
        return files.names().stream().limit(5).toList();
    }
}
