package io.github.hanllama.lora;

import io.github.hanllama.core.adapter.Adapter;
import io.github.hanllama.core.adapter.AdapterKind;
import io.github.hanllama.core.checkpoint.PatchHistory;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelSource;

/** Patches as an {@link AdapterKind}; found by {@link java.util.ServiceLoader}, use {@link DeltaPatch} in code. */
public final class DeltaPatchKind implements AdapterKind {
    @Override
    public String name() {
        return DeltaPatch.KIND;
    }

    @Override
    public boolean recognises(FileRanges files) {
        return files.names().contains(PatchHistory.NAME);
    }

    @Override
    public Adapter adapter(ModelSource source) {
        return DeltaPatch.of(source);
    }
}
