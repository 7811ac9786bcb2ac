package io.github.hanllama.core.engine;

import io.github.hanllama.core.checkpoint.Checkpoint;
import java.util.List;

/** A way to run a decoder, found by {@link java.util.ServiceLoader}. Stateless and thread-safe. */
public interface Engine {
    /** The name users choose it by: {@code "java"}, {@code "reference"}, {@code "pytorch"}. */
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

    /**
     * Memory this model would take with these options, for every type the engine might keep it in, the one it would choose
     * first. Only configuration, names, shapes and types are asked of the checkpoint. None where the engine does not say, or
     * where it would refuse the options.
     */
    default List<MemoryEstimate> memory(Checkpoint checkpoint, EngineOptions options) {
        return List.of();
    }

    /** Looks at the machine; may load libraries, which takes seconds the first time. */
    default EngineStatus status() {
        return new EngineStatus(true, name() + " runs on the processor");
    }

    /** Whether it has been set up for this device; engines that run on the processor alone know no other. */
    default boolean runsOn(Device device) {
        return !(device instanceof Device.Cuda);
    }

    /** Whether it should run models here before engines that use the processor alone. Loads nothing unless set up to. */
    default boolean accelerated() {
        return false;
    }

    /**
     * Whether it should run this model here, on the processor, before engines that are written in Java: where it is known to
     * be faster, and loading it is worth what that takes. Whether there is memory for it is for the caller to find out.
     * Loads nothing, and asks the checkpoint for no more than {@link #memory} does.
     */
    default boolean preferred(Checkpoint checkpoint, EngineOptions options) {
        return false;
    }
}
