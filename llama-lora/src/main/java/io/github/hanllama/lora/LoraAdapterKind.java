package io.github.hanllama.lora;

import io.github.hanllama.core.adapter.Adapter;
import io.github.hanllama.core.adapter.AdapterKind;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelSource;

/** LoRA as an {@link AdapterKind}; found by {@link java.util.ServiceLoader}, use {@link LoraAdapter} in code. */
public final class LoraAdapterKind implements AdapterKind {
    @Override
    public String name() {
        return LoraAdapter.KIND;
    }

    @Override
    public boolean recognises(FileRanges files) {
        return files.names().stream()
                .anyMatch(name -> name.equals(LoraConfigReader.FILE) || name.startsWith("adapter_model"));
    }

    @Override
    public Adapter adapter(ModelSource source) {
        return LoraAdapter.of(source);
    }
}
