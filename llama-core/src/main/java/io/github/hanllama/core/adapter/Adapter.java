package io.github.hanllama.core.adapter;

import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSource;
import java.util.Optional;

/** An adapter by name: where it is and how to read it. Nothing is opened before {@link #open}. Thread-safe. */
public interface Adapter {
    ModelSource source();

    /**
     * What else than its files decides what it does to weights, in a few words; empty when it cannot say, and then a model it
     * is merged into is not kept in a cache.
     */
    default Optional<String> settings() {
        return Optional.empty();
    }

    /**
     * What it is and what it needs, from headers alone.
     *
     * @throws io.github.hanllama.core.error.LlamaException when it is malformed or of an unsupported kind
     */
    AdapterInfo inspect(FileRanges headers);

    /**
     * Opens its weights; the result owns the files.
     *
     * @throws io.github.hanllama.core.error.LlamaException when it is malformed or of an unsupported kind; the caller
     *     then still owns the files
     */
    AdapterWeights open(ModelFiles files);
}
