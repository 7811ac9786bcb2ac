package io.github.hanllama.core.engine;

import io.github.hanllama.core.checkpoint.Checkpoint;

/** A way to run a decoder, found by {@link java.util.ServiceLoader}. Stateless and thread-safe. */
public interface Engine {
    /** The name users choose it by: {@code "java"}, {@code "reference"}. */
    String name();

    /**
     * Reads the weights and makes them ready to run. The checkpoint stays the caller's. It may be closed
     * afterwards, unless the model is asked again what its files say: whether an adapter to attach fits, and for the
     * identity of exchanged caches.
     *
     * @throws io.github.hanllama.core.error.LlamaException when the model or the machine does not allow it
     * @throws java.util.concurrent.CancellationException when cancelled through the options
     */
    LanguageModel load(Checkpoint checkpoint, EngineOptions options);
}
