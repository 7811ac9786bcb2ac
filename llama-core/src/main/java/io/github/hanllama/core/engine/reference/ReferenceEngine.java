package io.github.hanllama.core.engine.reference;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.core.engine.support.EngineModel;
import io.github.hanllama.quant.DType;
import java.util.List;

/** Plain loops over f32 weights on the calling thread; the {@code threads} option changes nothing. */
public final class ReferenceEngine implements Engine {
    /** The JVM and everything small. */
    private static final long PROCESS_BYTES = 200 << 20;

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        return new EngineModel<>(
                checkpoint,
                "reference: plain loops, f32 weights, f64 sums, one thread",
                new ReferenceDecoder(checkpoint.config(), ReferenceWeights.load(checkpoint, options), options.kvType()),
                options.maxKvBytes());
    }

    /** Everything in f32 on the heap, whatever the types say. */
    @Override
    public List<MemoryEstimate> memory(Checkpoint checkpoint, EngineOptions options) {
        LlamaConfig config = checkpoint.config();
        long elements =
                checkpoint.tensors().stream().mapToLong(TensorInfo::elements).sum();
        long cache = 2L * Float.BYTES * config.numHiddenLayers() * config.keyValueWidth();
        return List.of(new MemoryEstimate(name(), DType.F32.name(), Float.BYTES * elements, PROCESS_BYTES, cache));
    }
}
