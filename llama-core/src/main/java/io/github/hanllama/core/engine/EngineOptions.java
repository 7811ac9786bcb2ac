package io.github.hanllama.core.engine;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.quant.DType;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a model is loaded.
 *
 * @param device where it runs
 * @param threads compute threads; by default one per physical core
 * @param exactActivations never rounds what weights are multiplied by; with weights of few bits an engine otherwise may, to
 *     be much faster
 * @param kvType what caches keep keys and values in: F32, F16 or Q8_0
 * @param maxKvBytes bytes all caches of the model may take together; a cache beyond that is refused
 * @param warmUp whether to run a few tokens after loading, some seconds at most, so that the first that counts are less slow
 * @param packedCache a folder of one's own where an engine may keep weights in the form it needs, to map them at the next
 *     load instead of making them again; as large as the weights for each model
 * @param listener told how far loading is
 * @param cancellation stops loading
 */
public record EngineOptions(
        Device device,
        OptionalInt threads,
        boolean exactActivations,
        DType kvType,
        long maxKvBytes,
        boolean warmUp,
        Optional<Path> packedCache,
        ProgressListener listener,
        Cancellation cancellation) {
    public EngineOptions {
        if (threads.isPresent() && threads.getAsInt() < 1) {
            throw new IllegalArgumentException("threads must be >= 1, was " + threads.getAsInt());
        }
        if (kvType != DType.F32 && kvType != DType.F16 && kvType != DType.Q8_0) {
            throw new IllegalArgumentException("kvType must be F32, F16 or Q8_0, was " + kvType);
        }
        if (maxKvBytes < 1) {
            throw new IllegalArgumentException("maxKvBytes must be >= 1, was " + maxKvBytes);
        }
    }

    /** Compute threads when nothing else is said: one per physical core of those the process may use. */
    public static int defaultThreads() {
        return Processors.cores();
    }

    /** The machine's best device and threads, caches of any size in F32, no warm-up, nothing kept, silent, not cancellable. */
    public static EngineOptions defaults() {
        return new EngineOptions(
                Device.AUTO,
                OptionalInt.empty(),
                false,
                DType.F32,
                Long.MAX_VALUE,
                false,
                Optional.empty(),
                ProgressListener.NONE,
                new Cancellation());
    }

    public EngineOptions device(Device value) {
        return new EngineOptions(
                value, threads, exactActivations, kvType, maxKvBytes, warmUp, packedCache, listener, cancellation);
    }

    public EngineOptions threads(int value) {
        return new EngineOptions(
                device,
                OptionalInt.of(value),
                exactActivations,
                kvType,
                maxKvBytes,
                warmUp,
                packedCache,
                listener,
                cancellation);
    }

    public EngineOptions exactActivations(boolean value) {
        return new EngineOptions(
                device, threads, value, kvType, maxKvBytes, warmUp, packedCache, listener, cancellation);
    }

    public EngineOptions kvType(DType value) {
        return new EngineOptions(
                device, threads, exactActivations, value, maxKvBytes, warmUp, packedCache, listener, cancellation);
    }

    public EngineOptions maxKvBytes(long value) {
        return new EngineOptions(
                device, threads, exactActivations, kvType, value, warmUp, packedCache, listener, cancellation);
    }

    public EngineOptions warmUp(boolean value) {
        return new EngineOptions(
                device, threads, exactActivations, kvType, maxKvBytes, value, packedCache, listener, cancellation);
    }

    public EngineOptions packedCache(Path value) {
        return new EngineOptions(
                device,
                threads,
                exactActivations,
                kvType,
                maxKvBytes,
                warmUp,
                Optional.of(value),
                listener,
                cancellation);
    }

    public EngineOptions listener(ProgressListener value) {
        return new EngineOptions(
                device, threads, exactActivations, kvType, maxKvBytes, warmUp, packedCache, value, cancellation);
    }

    public EngineOptions cancellation(Cancellation value) {
        return new EngineOptions(
                device, threads, exactActivations, kvType, maxKvBytes, warmUp, packedCache, listener, value);
    }
}
