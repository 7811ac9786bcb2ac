package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.quant.DType;
import java.util.Optional;

/**
 * How a checkpoint is written.
 *
 * @param dtype the type of every tensor; empty keeps the type each has
 * @param maxShardBytes a file grows no larger than this, unless a single tensor is
 * @param resume whether a folder that is not finished stays, under a hidden name beside its own, for the next run to go on
 *     with; what an earlier run wrote of the same model is then used if its hashes still hold
 * @param threads tensors written at a time, each with two tiles of memory
 * @param listener bytes written, and at the end files hashed
 * @param cancellation stops the work at the next tile
 */
public record WriteOptions(
        Optional<DType> dtype,
        long maxShardBytes,
        boolean resume,
        int threads,
        ProgressListener listener,
        Cancellation cancellation) {
    /** Hugging Face's 5 GB. */
    public static final long DEFAULT_SHARD_BYTES = 5_000_000_000L;

    private static final int MAX_THREADS = 16; // 32 MB of tiles

    /** Every type kept, shards of 5 GB, a thread per processor. */
    public static final WriteOptions DEFAULT = new WriteOptions(
            Optional.empty(),
            DEFAULT_SHARD_BYTES,
            false,
            Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors()),
            ProgressListener.NONE,
            new Cancellation());

    public WriteOptions {
        if (dtype.isPresent() && !dtype.get().isFloatingPoint()) {
            throw new IllegalArgumentException("dtype must be F32, F16, BF16 or F64, was " + dtype.get());
        }
        if (maxShardBytes < 1) {
            throw new IllegalArgumentException("maxShardBytes must be >= 1, was " + maxShardBytes);
        }
        if (threads < 1 || threads > MAX_THREADS) {
            throw new IllegalArgumentException("threads must be in 1.." + MAX_THREADS + ", was " + threads);
        }
    }

    /** With every tensor in this type. */
    public WriteOptions dtype(DType value) {
        return new WriteOptions(Optional.of(value), maxShardBytes, resume, threads, listener, cancellation);
    }

    public WriteOptions maxShardBytes(long value) {
        return new WriteOptions(dtype, value, resume, threads, listener, cancellation);
    }

    public WriteOptions resume(boolean value) {
        return new WriteOptions(dtype, maxShardBytes, value, threads, listener, cancellation);
    }

    public WriteOptions threads(int value) {
        return new WriteOptions(dtype, maxShardBytes, resume, value, listener, cancellation);
    }

    public WriteOptions listener(ProgressListener value) {
        return new WriteOptions(dtype, maxShardBytes, resume, threads, value, cancellation);
    }

    public WriteOptions cancellation(Cancellation value) {
        return new WriteOptions(dtype, maxShardBytes, resume, threads, listener, value);
    }
}
