package io.github.hanllama.core.hub;

import java.time.Duration;

/**
 * How hard a download tries.
 *
 * @param files fetched at the same time
 * @param connections per file, each with a part of its own
 * @param partBytes what a connection fetches of a file at a time
 * @param retries without any progress before a download fails
 * @param backoff before the first retry; doubled for each further one, eight times that at most
 * @param headerTimeout until a response begins
 * @param stallTimeout without a kilobyte received
 */
public record TransferOptions(
        int files,
        int connections,
        long partBytes,
        int retries,
        Duration backoff,
        Duration headerTimeout,
        Duration stallTimeout) {
    /** Four files at a time, four connections each, parts of 64 MiB, five retries from one second on. */
    public static final TransferOptions DEFAULT = new TransferOptions(
            4, 4, 64L << 20, 5, Duration.ofSeconds(1), Duration.ofSeconds(30), Duration.ofSeconds(30));

    /** The {@link System.Logger} that is warned of pauses of more than three seconds between attempts, while they last. */
    public static final String WAITS = "io.github.hanllama.core.hub.waits";

    private static final int MAX_PARALLEL = 32;
    private static final long MIN_PART_BYTES = 1 << 10;

    public TransferOptions {
        requireParallel("files", files);
        requireParallel("connections", connections);
        if (partBytes < MIN_PART_BYTES) {
            throw new IllegalArgumentException("partBytes must be >= " + MIN_PART_BYTES + ", was " + partBytes);
        }
        if (retries < 0) {
            throw new IllegalArgumentException("retries must be >= 0, was " + retries);
        }
        requirePositive("backoff", backoff);
        requirePositive("headerTimeout", headerTimeout);
        requirePositive("stallTimeout", stallTimeout);
    }

    public TransferOptions files(int value) {
        return new TransferOptions(value, connections, partBytes, retries, backoff, headerTimeout, stallTimeout);
    }

    public TransferOptions connections(int value) {
        return new TransferOptions(files, value, partBytes, retries, backoff, headerTimeout, stallTimeout);
    }

    public TransferOptions partBytes(long value) {
        return new TransferOptions(files, connections, value, retries, backoff, headerTimeout, stallTimeout);
    }

    public TransferOptions retries(int value) {
        return new TransferOptions(files, connections, partBytes, value, backoff, headerTimeout, stallTimeout);
    }

    public TransferOptions backoff(Duration value) {
        return new TransferOptions(files, connections, partBytes, retries, value, headerTimeout, stallTimeout);
    }

    public TransferOptions headerTimeout(Duration value) {
        return new TransferOptions(files, connections, partBytes, retries, backoff, value, stallTimeout);
    }

    public TransferOptions stallTimeout(Duration value) {
        return new TransferOptions(files, connections, partBytes, retries, backoff, headerTimeout, value);
    }

    private static void requireParallel(String name, int value) {
        if (value < 1 || value > MAX_PARALLEL) {
            throw new IllegalArgumentException(name + " must be in 1.." + MAX_PARALLEL + ", was " + value);
        }
    }

    private static void requirePositive(String name, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(name + " must be > 0, was " + value);
        }
    }
}
