package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.core.engine.support.WeightReader;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.KvLayer;

/** What a model takes in this engine: matrices and caches to the byte, the rest on the safe side of docs/memory.md. */
final class JavaMemory {
    private static final int MANY = 1024;
    /** The JVM, its code and the garbage of the first tokens. */
    private static final long PROCESS_BYTES = 170 << 20;
    /** Piece, score and places in the maps of a tokenizer, of each entry. */
    private static final long TOKEN_BYTES = 600;
    /** A tile on its way, once as it is stored and once as f32. */
    private static final long THREAD_BYTES = 4 << 20;

    private JavaMemory() {}

    static MemoryEstimate estimate(Checkpoint checkpoint, EngineOptions options) {
        LlamaConfig config = checkpoint.config();
        WeightPlan plan = new WeightPlan(config, new WeightReader(checkpoint, options));
        return new MemoryEstimate(
                JavaEngine.NAME,
                plan.types(),
                plan.byteSize(),
                overheadBytes(config, options),
                cacheBytesPerPosition(config, options.kvType()));
    }

    /** In whole blocks, as they are allocated. */
    static long cacheBytesPerPosition(LlamaConfig config, DType type) {
        return config.numHiddenLayers()
                * KvLayer.byteSize(type, config.numKeyValueHeads(), config.headDim(), MANY)
                / MANY;
    }

    private static long overheadBytes(LlamaConfig config, EngineOptions options) {
        int threads = options.threads().orElseGet(EngineOptions::defaultThreads);
        return PROCESS_BYTES
                + threads * THREAD_BYTES
                + config.vocabSize() * TOKEN_BYTES
                + Workspace.byteSize(config, JavaDecoder.CHUNK);
    }
}
