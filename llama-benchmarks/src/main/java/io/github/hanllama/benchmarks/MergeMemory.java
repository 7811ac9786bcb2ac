package io.github.hanllama.benchmarks;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.lora.LoraAdapter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * How much memory a merge takes: a Meta folder and an adapter of a real shape, in files that take no room, merged into a
 * writer that throws everything away.
 *
 * <pre>
 * java -Xmx256m --add-modules jdk.incubator.vector -cp 'target/classes:target/lib/*' \
 *     io.github.hanllama.benchmarks.MergeMemory 65b FOLDER
 * </pre>
 */
public final class MergeMemory {
    private static final int RANK = 8;
    private static final int CHINESE_VOCABULARY = 49953;
    private static final int REPORT_SECONDS = 15;
    private static final double GB = 1e9;

    private final PrintStream out;
    private final DiscardingWriter writer = new DiscardingWriter();

    private MergeMemory(PrintStream out) {
        this.out = out;
    }

    /** A shape ({@code 1b}, {@code 7b}, {@code 13b}, {@code 33b} or {@code 65b}) and a folder that does not exist yet. */
    public static void main(String[] args) throws IOException {
        LlamaConfig config = config(args[0]);
        Path folder = Path.of(args[1]);
        SparseShards files = new SparseShards(config);
        files.writeMeta(folder.resolve("base"), config.hiddenSize() / 1024);
        files.writeAdapter(folder.resolve("adapter"), RANK, CHINESE_VOCABULARY);
        new MergeMemory(System.out).merge(folder);
    }

    static LlamaConfig config(String shape) {
        return switch (shape) {
            case "tiny" -> config(1024, 1, 8, 2816);
            case "1b" -> config(2048, 22, 32, 5632);
            case "7b" -> config(4096, 32, 32, 11008);
            case "13b" -> config(5120, 40, 40, 13824);
            case "33b" -> config(6656, 60, 52, 17920);
            case "65b" -> config(8192, 80, 64, 22016);
            default -> throw new IllegalArgumentException("no dimensions of " + shape);
        };
    }

    private static LlamaConfig config(int hidden, int layers, int heads, int inner) {
        return LlamaConfig.builder()
                .hiddenSize(hidden)
                .intermediateSize(inner)
                .numHiddenLayers(layers)
                .numAttentionHeads(heads)
                .numKeyValueHeads(heads)
                .headDim(hidden / heads)
                .vocabSize(32000)
                .build();
    }

    private void merge(Path folder) {
        long start = System.nanoTime();
        try (PeakMemory memory = new PeakMemory();
                Checkpoint merged = Llama.from(folder.resolve("base"))
                        .adapt(LoraAdapter.of(folder.resolve("adapter")))
                        .openCheckpoint()) {
            long total = merged.tensors().stream().mapToLong(TensorInfo::bytes).sum();
            print("opened", total, start, memory);
            CompletableFuture<Void> done =
                    CompletableFuture.runAsync(() -> writer.write(merged, folder, WriteOptions.DEFAULT));
            while (!done.isDone()) {
                done.copy()
                        .completeOnTimeout(null, REPORT_SECONDS, TimeUnit.SECONDS)
                        .join();
                print("merged", total, start, memory);
            }
            done.join();
        }
    }

    private void print(String what, long total, long start, PeakMemory memory) {
        double seconds = (System.nanoTime() - start) / GB;
        out.printf(
                Locale.ROOT,
                "%s %6.1f of %.1f GB after %5.1f s; anonymous memory at most %d MB%n",
                what,
                writer.bytes() / GB,
                total / GB,
                seconds,
                memory.anonymousBytes() / 1_000_000);
    }
}
