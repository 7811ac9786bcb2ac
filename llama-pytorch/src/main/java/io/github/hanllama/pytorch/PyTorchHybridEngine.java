package io.github.hanllama.pytorch;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.engine.Device;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.EngineStatus;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.core.engine.hybrid.HybridEngine;
import java.util.List;
import java.util.Set;

/** Prompts on libtorch, generated tokens on the {@code java} engine: for the memory of weights and caches of both. */
public final class PyTorchHybridEngine implements Engine {
    /** Weights: with fewer, a thousand tokens are read within seconds on any processor. */
    private static final long WORTH_LOADING = 500_000_000;

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

    /**
     * Where prompts by int8 or bf16 were measured to take half the time or less: weights stored in such types, on x86-64
     * processors that multiply these themselves. Not where packed weights are kept, so that loading takes no time.
     */
    @Override
    public boolean preferred(Checkpoint checkpoint, EngineOptions options) {
        return LibtorchFiles.platform().endsWith("x86_64")
                && gains(checkpoint, options, ProcessorFlags.fast())
                && PyTorchEngine.scripted()
                && Libtorch.installedForProcessor();
    }

    /** @param fast types that the processor multiplies faster than f32 */
    static boolean gains(Checkpoint checkpoint, EngineOptions options, Set<TorchType> fast) {
        return options.packedCache().isEmpty()
                && elements(checkpoint) >= WORTH_LOADING
                && TorchMemory.estimates(checkpoint, options, fast).stream()
                        .findFirst()
                        .filter(memory -> !memory.weights().equals(TorchType.F32.name()))
                        .isPresent();
    }

    private static long elements(Checkpoint checkpoint) {
        return checkpoint.tensors().stream().mapToLong(TensorInfo::elements).sum();
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
