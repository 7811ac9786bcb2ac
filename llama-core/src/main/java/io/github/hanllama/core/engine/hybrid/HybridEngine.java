package io.github.hanllama.core.engine.hybrid;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Device;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.EngineStatus;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.core.engine.support.EngineModel;
import io.github.hanllama.core.engine.support.KvStorage;
import java.util.List;
import java.util.function.Supplier;

/**
 * Prompts by one engine, generated tokens by another: each what it is best at, for the memory of weights and caches of both. Keys
 * and values go over once for a prompt. The module that brings the first names the pair.
 */
public final class HybridEngine implements Engine {
    private final Engine prompts;
    private final Supplier<Engine> generated;

    /** @param generated runs on the processor; asked for when it is needed */
    public HybridEngine(Engine prompts, Supplier<Engine> generated) {
        this.prompts = prompts;
        this.generated = generated;
    }

    @Override
    public String name() {
        return "hybrid";
    }

    @Override
    public EngineStatus status() {
        EngineStatus status = prompts.status();
        return new EngineStatus(
                status.usable(),
                "hybrid: prompts by " + prompts.name() + ", generated tokens by "
                        + generated.get().name() + "; " + status.sentence());
    }

    @Override
    public boolean runsOn(Device device) {
        return prompts.runsOn(device);
    }

    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        LanguageModel first = prompts.load(checkpoint, options);
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
        List<MemoryEstimate> second = generated.get().memory(checkpoint, options.device(Device.CPU));
        return prompts.memory(checkpoint, options).stream()
                .flatMap(first -> second.stream().map(other -> sum(first, other)))
                .toList();
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
