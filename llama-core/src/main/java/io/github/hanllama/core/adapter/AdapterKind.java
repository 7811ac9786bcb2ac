package io.github.hanllama.core.adapter;

import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelSource;

/** A kind of adapter this installation can read, found by {@link java.util.ServiceLoader}. */
public interface AdapterKind {
    /** For example {@code "LoRA"}. */
    String name();

    /** Whether these files are, or pretend to be, an adapter of this kind. */
    boolean recognises(FileRanges files);

    Adapter adapter(ModelSource source);
}
