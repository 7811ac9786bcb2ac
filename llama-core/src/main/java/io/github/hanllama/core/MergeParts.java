package io.github.hanllama.core;

import io.github.hanllama.core.adapter.Adapter;
import io.github.hanllama.core.merge.MergeKey;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSource;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a merge depends on. */
final class MergeParts {
    private static final System.Logger LOG = System.getLogger(LlamaBuilder.class.getPackageName());

    private final List<ModelSource> sources = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private boolean known = true;

    private MergeParts() {}

    static MergeParts of(ModelSource base, List<Adapter> adapters) {
        MergeParts parts = new MergeParts();
        parts.sources.add(base);
        for (Adapter adapter : adapters) {
            parts.sources.add(adapter.source());
            Optional<String> settings = adapter.settings();
            parts.known &= settings.isPresent();
            settings.ifPresent(parts::option);
        }
        return parts;
    }

    /** Anything else that decides what the weights are. */
    void option(String words) {
        options.add(words);
    }

    /** In the order in which they are opened. */
    List<ModelSource> sources() {
        return sources;
    }

    /** None, and a warning, where it cannot be known whether two merges are the same. */
    Optional<MergeKey> key(List<ModelFiles> files) {
        Optional<MergeKey> key = known ? MergeKey.of(files, options) : Optional.empty();
        if (key.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "{0}: the merge is not kept: {1}",
                    files.getFirst().origin(),
                    known ? "not all of it is made of files that stay" : "an adapter does not say what it does");
        }
        return key;
    }
}
