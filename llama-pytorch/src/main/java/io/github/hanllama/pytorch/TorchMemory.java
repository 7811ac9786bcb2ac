package io.github.hanllama.pytorch;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.Device.Cuda;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.quant.DType;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a model takes on the processor, said without loading libtorch. */
final class TorchMemory {
    /** The JVM and libtorch: more than was seen in figures of whole processes, not measured by itself. */
    private static final long PROCESS_BYTES = 450L << 20;
    /** Rows of the largest tensor on their way. */
    private static final long TILE_BYTES = 16 << 20;
    /** Forms of the largest matrix of levels while two are packed: as they were read, libtorch's copies, and one that waits. */
    private static final int LEVELS_WHILE_PACKED = 5;
    /** The same of numbers, of which one is packed at a time: as it was read, and one that waits. */
    private static final int FLOATS_WHILE_PACKED = 2;
    /** What malloc keeps for the threads that pack levels: a guess above what was seen. */
    private static final long KEPT_FOR_PACKERS = 128 << 20;

    private TorchMemory() {}

    /**
     * The type that would be taken first.
     *
     * @param fast types that the processor multiplies faster than f32
     */
    static List<MemoryEstimate> estimates(Checkpoint checkpoint, EngineOptions options, Set<TorchType> fast) {
        if (options.kvType() == DType.Q8_0 || options.device() instanceof Cuda) {
            return List.of(); // the one it refuses, the memory of the other is not the process's
        }
        return types(stored(checkpoint), options.exactActivations(), fast).stream()
                .map(type -> estimate(checkpoint, options.kvType(), type))
                .toList();
    }

    /** The processor's for weights of that type, the first the one to take if it fits. */
    static List<TorchType> types(DType stored, boolean exact, Set<TorchType> fast) {
        if (exact || stored == DType.F32) {
            return List.of(TorchType.F32);
        }
        Map<Boolean, List<TorchType>> smaller =
                smaller(stored).stream().collect(Collectors.partitioningBy(fast::contains));
        return Stream.of(smaller.get(true), List.of(TorchType.F32), smaller.get(false))
                .flatMap(List::stream)
                .toList();
    }

    /** The fastest first: int4 saves memory, int8 is faster for prompts and for text. */
    private static List<TorchType> smaller(DType stored) {
        if (!stored.isBlocks()) {
            return List.of(TorchType.BF16);
        }
        return TorchType.INT4.packs(stored) ? List.of(TorchType.INT8, TorchType.INT4) : List.of(TorchType.INT8);
    }

    private static MemoryEstimate estimate(Checkpoint checkpoint, DType kvType, TorchType type) {
        LlamaConfig config = checkpoint.config();
        TorchType cache = kvType == DType.F16 ? TorchType.F16 : type.computed();
        return new MemoryEstimate(
                PyTorchEngine.NAME,
                type.name(),
                weightBytes(checkpoint, type),
                PROCESS_BYTES + TILE_BYTES + packingBytes(checkpoint.tensors(), type),
                cacheBytesPerPosition(config, cache));
    }

    static long weightBytes(Checkpoint checkpoint, TorchType type) {
        return weightBytes(checkpoint.tensors(), type) + secondFormBytes(checkpoint.config(), type);
    }

    /** Whether matrices get an order of libtorch's own, where it has the operators. */
    private static boolean packed(TorchType type) {
        return type == TorchType.INT8 || type == TorchType.BF16 || type == TorchType.F32;
    }

    /** An embedding that is the head, too: rows are looked up in the one form and multiplied by in the other. */
    private static long secondFormBytes(LlamaConfig config, TorchType type) {
        return packed(type) && config.tieWordEmbeddings()
                ? (long) type.bytes() * config.vocabSize() * config.hiddenSize()
                : 0;
    }

    /** What is freed again once a model is loaded, but not always given back. */
    private static long packingBytes(List<TensorInfo> tensors, TorchType type) {
        if (!packed(type)) {
            return 0;
        }
        long largest = tensors.stream().mapToLong(type::bytes).max().orElse(0);
        return type == TorchType.INT8
                ? LEVELS_WHILE_PACKED * largest + KEPT_FOR_PACKERS
                : FLOATS_WHILE_PACKED * largest;
    }

    static long weightBytes(List<TensorInfo> tensors, TorchType type) {
        return tensors.stream().mapToLong(type::bytes).sum();
    }

    static long cacheBytesPerPosition(LlamaConfig config, TorchType type) {
        return 2L * type.bytes() * config.numHiddenLayers() * config.keyValueWidth();
    }

    /** The type of most weights. */
    static DType stored(Checkpoint checkpoint) {
        Map<DType, Long> elements = checkpoint.tensors().stream()
                .collect(Collectors.groupingBy(TensorInfo::dtype, Collectors.summingLong(TensorInfo::elements)));
        return elements.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(DType.F32);
    }
}
