package io.github.hanllama.pytorch;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Device;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.EngineStatus;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.core.engine.hybrid.HybridEngine;
import java.util.List;

/** Prompts on libtorch, generated tokens on the {@code java} engine: for the memory of weights and caches of both. */
public final class PyTorchHybridEngine implements Engine {
    private final Engine engine = new HybridEngine(new PyTorchEngine(), () -> Engines.named("java"));

    @Override
    public String name() {
        return engine.name();
    }

    @Override
    public EngineStatus status() {
        return engine.status();
    }

    @Override
    public boolean runsOn(Device device) {
        return engine.runsOn(device);
    }

    @Override
    public List<MemoryEstimate> memory(Checkpoint checkpoint, EngineOptions options) {
        return engine.memory(checkpoint, options);
    }

    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        return engine.load(checkpoint, options);
    }
}
