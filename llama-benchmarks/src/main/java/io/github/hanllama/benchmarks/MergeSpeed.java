package io.github.hanllama.benchmarks;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.lora.LoraAdapter;
import io.github.hanllama.quant.QuantRecipe;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * How long a merge to disk takes, beside copying the base and hashing it once: noise of a real model's shape and a LoRA of
 * rank 64 with an embedding and a head of its own.
 *
 * <pre>
 * java -Xmx256m --add-modules jdk.incubator.vector -cp 'target/classes:target/lib/*' \
 *     io.github.hanllama.benchmarks.MergeSpeed 7b FOLDER Q8_0 Q4_0
 * </pre>
 */
public final class MergeSpeed {
    /** The type that is none: safetensors as they are. */
    private static final String SAFETENSORS = "safetensors";

    private static final int RANK = 64; // of Chinese-Alpaca-2
    private static final int CHINESE_VOCABULARY = 55296;
    private static final int BUFFER_BYTES = 1 << 20;

    private final PrintStream out;
    private final Path folder;

    private MergeSpeed(PrintStream out, Path folder) {
        this.out = out;
        this.folder = folder;
    }

    /**
     * A shape as {@link MergeMemory} has them; a folder, in which base and adapter stay for the next time; and what to write:
     * types of GGUF files, or {@code safetensors}. With nothing to write it only makes base and adapter.
     */
    public static void main(String[] args) throws IOException, GeneralSecurityException {
        Path folder = Path.of(args[1]);
        MergeSpeed speed = new MergeSpeed(System.out, folder);
        if (!Files.exists(folder.resolve("adapter"))) {
            speed.prepare(MergeMemory.config(args[0]));
        }
        List<String> types = List.of(args).subList(2, args.length);
        if (!types.isEmpty()) {
            speed.hash();
            speed.copy();
        }
        for (String type : types) {
            speed.merge(type);
        }
    }

    private void prepare(LlamaConfig config) throws IOException {
        SparseShards files = new SparseShards(config).noisy();
        files.writeHuggingFace(folder.resolve("base"));
        files.writeAdapter(folder.resolve("adapter"), RANK, CHINESE_VOCABULARY);
    }

    private Path base() {
        return folder.resolve("base").resolve("model.safetensors");
    }

    private void hash() throws IOException, GeneralSecurityException {
        long start = System.nanoTime();
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream stream = Files.newInputStream(base())) {
            for (int read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        print("SHA-256 of the base", base(), start);
    }

    private void copy() throws IOException {
        long start = System.nanoTime();
        Path copy = folder.resolve("copy");
        try (InputStream from = Files.newInputStream(base());
                OutputStream to = Files.newOutputStream(copy)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
                to.write(buffer, 0, read);
            }
        }
        try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        print("a copy of the base, on disk", copy, start);
        Files.delete(copy);
    }

    private void merge(String type) throws IOException {
        boolean safetensors = type.equals(SAFETENSORS);
        Path output = folder.resolve(safetensors ? "merged" : type + ".gguf");
        long start = System.nanoTime();
        LlamaBuilder builder = Llama.from(folder.resolve("base")).adapt(LoraAdapter.of(folder.resolve("adapter")));
        if (!safetensors) {
            builder.quantize(QuantRecipe.valueOf(type));
        }
        CheckpointWriter writer = safetensors ? CheckpointWriter.safetensors() : CheckpointWriter.gguf();
        try (PeakMemory memory = new PeakMemory();
                Checkpoint merged = builder.openCheckpoint()) {
            writer.write(merged, output, WriteOptions.DEFAULT);
            print("base + LoRA to " + type, output, start);
            out.printf(Locale.ROOT, "    anonymous memory at most %d MB%n", memory.anonymousBytes() / 1_000_000);
        }
        delete(output);
    }

    private void print(String what, Path written, long start) throws IOException {
        double seconds = (System.nanoTime() - start) / 1e9;
        out.printf(Locale.ROOT, "%-28s %6.1f s, %6.2f GB%n", what, seconds, bytes(written) / 1e9);
    }

    private static long bytes(Path path) throws IOException {
        long sum = 0;
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sum += Files.size(file);
            }
        }
        return sum;
    }

    private static void delete(Path path) throws IOException {
        try (Stream<Path> tree = Files.walk(path)) {
            for (Path entry : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(entry);
            }
        }
    }
}
