package io.github.hanllama.core;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Device;
import io.github.hanllama.core.engine.EngineOptions;
import java.util.OptionalLong;

/**
 * What an engine is chosen for.
 *
 * @param checkpoint as it will be loaded; headers are enough
 * @param context tokens of a text
 * @param memoryBytes what an engine may take that keeps more than the weights themselves
 */
record EngineTask(Checkpoint checkpoint, EngineOptions options, int context, long memoryBytes) {
    /** With no limit set, half of the machine: what others need there nobody knows. */
    static long memoryBytes(OptionalLong maxMemory, OptionalLong machine) {
        return maxMemory.orElseGet(() -> machine.orElse(0) / 2);
    }

    Device device() {
        return options.device();
    }
}
