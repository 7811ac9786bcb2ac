package io.github.hanllama.core.engine.hybrid;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Device;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.EngineStatus;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.core.engine.support.EngineModel;
import io.github.hanllama.core.engine.support.KvStorage;
import io.github.hanllama.core.error.BackendException;
import java.util.List;
import java.util.function.Supplier;

/**
 * Prompts by libtorch, generated tokens by the {@code java} engine: each what it is best at, for the memory of weights and caches
 * of both. Keys and values go over once for a prompt.
 */
public final class HybridEngine implements Engine {
    private final Supplier<Engine> prompts;
    private final Supplier<Engine> generated;

    /** Of the engines named {@code pytorch} and {@code java}, looked up when a model is loaded. */
    public HybridEngine() {
        this(() -> Engines.named("pytorch"), () -> Engines.named("java"));
    }

    HybridEngine(Engine prompts, Engine generated) {
        this(() -> prompts, () -> generated);
    }

    private HybridEngine(Supplier<Engine> prompts, Supplier<Engine> generated) {
        this.prompts = prompts;
        this.generated = generated;
    }

    @Override
    public String name() {
        return "hybrid";
    }

    @Override
    public EngineStatus status() {
        try {
            EngineStatus status = prompts.get().status();
            return new EngineStatus(
                    status.usable(),
                    "hybrid: prompts by " + prompts.get().name() + ", generated tokens by "
                            + generated.get().name() + "; " + status.sentence());
        } catch (BackendException e) {
            return new EngineStatus(false, "hybrid: " + e.getMessage());
        }
    }

    @Override
    public boolean runsOn(Device device) {
        try {
            return prompts.get().runsOn(device);
        } catch (BackendException e) {
            return false;
        }
    }

    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        LanguageModel first = prompts.get().load(checkpoint, options);
        try {
            return join(checkpoint, first, generated.get().load(checkpoint, options.device(Device.CPU)), options);
        } catch (RuntimeException | Error e) {
            first.close();
            throw e;
        }
    }

    private static LanguageModel join(
            Checkpoint checkpoint, LanguageModel first, LanguageModel second, EngineOptions options) {
        if (first instanceof EngineModel<?, ?> prompts && second instanceof EngineModel<?, ?> generated) {
            return join(checkpoint, prompts, generated, options);
        }
        throw new IllegalArgumentException("engines of this library can be joined, others cannot");
    }

    private static <P extends KvStorage, A, G extends KvStorage, B> LanguageModel join(
            Checkpoint checkpoint, EngineModel<P, A> prompts, EngineModel<G, B> generated, EngineOptions options) {
        return new EngineModel<>(
                checkpoint,
                "hybrid: prompts by " + prompts.describe() + "; generated tokens by " + generated.describe(),
                new HybridDecoder<>(checkpoint.config(), prompts, generated),
                options.maxKvBytes());
    }

    /** The memory of both; none unless both say. */
    @Override
    public List<MemoryEstimate> memory(Checkpoint checkpoint, EngineOptions options) {
        try {
            List<MemoryEstimate> second = generated.get().memory(checkpoint, options.device(Device.CPU));
            return prompts.get().memory(checkpoint, options).stream()
                    .flatMap(first -> second.stream().map(other -> sum(first, other)))
                    .toList();
        } catch (BackendException e) { // one of them is not installed
            return List.of();
        }
    }

    private MemoryEstimate sum(MemoryEstimate first, MemoryEstimate second) {
        return new MemoryEstimate(
                name(),
                first.weights() + ", " + second.weights(),
                Math.addExact(first.weightBytes(), second.weightBytes()),
                Math.addExact(first.overheadBytes(), second.overheadBytes()),
                Math.addExact(first.cacheBytesPerPosition(), second.cacheBytesPerPosition()));
    }
}
