package io.github.hanllama.pytorch;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.Device.Cuda;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.quant.DType;
import java.util.Comparator;
import java.util.List;

/** What a model takes on the processor, said without loading libtorch. */
final class TorchMemory {
    /** The JVM and libtorch: more than was seen in figures of whole processes, not measured by itself. */
    private static final long PROCESS_BYTES = 450L << 20;
    /** Rows of the largest tensor on their way. */
    private static final long TILE_BYTES = 16 << 20;

    private TorchMemory() {}

    /**
     * The type that would be taken first.
     *
     * @param fastBf16 whether the processor multiplies bf16 itself
     * @param fastInt8 whether it sums products of bytes itself
     */
    static List<MemoryEstimate> estimates(
            Checkpoint checkpoint, EngineOptions options, boolean fastBf16, boolean fastInt8) {
        if (options.kvType() == DType.Q8_0 || options.device() instanceof Cuda) {
            return List.of(); // the one it refuses, the memory of the other is not the process's
        }
        List<TorchType> types = types(stored(checkpoint), options.exactActivations(), fastBf16, fastInt8);
        return types.stream()
                .map(type -> estimate(checkpoint, options.kvType(), type))
                .toList();
    }

    private static List<TorchType> types(DType stored, boolean exact, boolean fastBf16, boolean fastInt8) {
        if (exact || stored == DType.F32) {
            return List.of(TorchType.F32);
        }
        TorchType smaller = stored.isBlocks() ? TorchType.INT8 : TorchType.BF16;
        boolean fast = stored.isBlocks() ? fastInt8 : fastBf16;
        return fast ? List.of(smaller, TorchType.F32) : List.of(TorchType.F32, smaller);
    }

    private static MemoryEstimate estimate(Checkpoint checkpoint, DType kvType, TorchType type) {
        LlamaConfig config = checkpoint.config();
        TorchType cache = kvType == DType.F16 ? TorchType.F16 : type.computed();
        return new MemoryEstimate(
                PyTorchEngine.NAME,
                type.name(),
                weightBytes(checkpoint.tensors(), type),
                PROCESS_BYTES + TILE_BYTES,
                cacheBytesPerPosition(config, cache));
    }

    /** Every tensor in one type; of levels the scales of their rows are left out. */
    static long weightBytes(List<TensorInfo> tensors, TorchType type) {
        return type.bytes() * tensors.stream().mapToLong(TensorInfo::elements).sum();
    }

    static long cacheBytesPerPosition(LlamaConfig config, TorchType type) {
        return 2L * type.bytes() * config.numHiddenLayers() * config.keyValueWidth();
    }

    /** The type of most weights. */
    static DType stored(Checkpoint checkpoint) {
        return checkpoint.tensors().stream()
                .max(Comparator.comparingLong(TensorInfo::elements))
                .map(TensorInfo::dtype)
                .orElse(DType.F32);
    }
}
