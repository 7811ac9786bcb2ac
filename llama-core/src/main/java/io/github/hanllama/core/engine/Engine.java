package io.github.hanllama.core.engine;

import io.github.hanllama.core.checkpoint.Checkpoint;

/** A way to run a decoder, found by {@link java.util.ServiceLoader}. Stateless and thread-safe. */
public interface Engine {
    /** The name users choose it by: {@code "java"}, {@code "reference"}. */
    String name();

    /**
     * Reads the weights and makes them ready to run. The checkpoint stays the caller's and may be closed afterwards.
     *
     * @throws io.github.hanllama.core.error.LlamaException when the model or the machine does not allow it
     * @throws java.util.concurrent.CancellationException when cancelled through the options
     */
    LanguageModel load(Checkpoint checkpoint, EngineOptions options);
}
