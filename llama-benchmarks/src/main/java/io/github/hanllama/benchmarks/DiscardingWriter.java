package io.github.hanllama.benchmarks;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.WriteReport;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;

/** Reads everything as a writer does, tensor by tensor and tile by tile, and keeps a checksum of it. */
final class DiscardingWriter implements CheckpointWriter {
    private final AtomicLong bytes = new AtomicLong();

    /** Bytes seen so far. */
    long bytes() {
        return bytes.get();
    }

    @Override
    public WriteReport write(Checkpoint checkpoint, Path folder, WriteOptions options) {
        long sum = 0;
        for (CompletableFuture<Long> checksum : checksums(checkpoint, options)) {
            sum += checksum.join();
        }
        return new WriteReport(List.of(), Long.toHexString(sum), new TreeMap<>(), List.of());
    }

    /** All of them done, one way or the other. */
    private List<CompletableFuture<Long>> checksums(Checkpoint checkpoint, WriteOptions options) {
        try (ExecutorService team = Executors.newFixedThreadPool(options.threads())) {
            return checkpoint.tensors().stream()
                    .map(tensor -> CompletableFuture.supplyAsync(() -> checksum(checkpoint, tensor, options), team))
                    .toList();
        }
    }

    private long checksum(Checkpoint checkpoint, TensorInfo tensor, WriteOptions options) {
        CRC32C checksum = new CRC32C();
        checkpoint.tensor(tensor.name()).readStoredRows(0, tensor.rows(), (row, count, stored) -> {
            options.cancellation().throwIfCancelled();
            checksum.update(stored.asByteBuffer());
            bytes.addAndGet(stored.byteSize());
        });
        return checksum.getValue();
    }
}
