package io.github.hanllama.cli;

import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.progress.Cancellation;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/** The options that say where a model is written, and how it is divided into files. */
final class WriteTarget {
    @Option(
            names = "--output",
            required = true,
            paramLabel = "PATH",
            description =
                    "The folder to write, which must not exist or be empty; of GGUF the file, which must not exist,"
                            + " or with --shard-size the folder.")
    @SuppressWarnings("NullAway.Init") // required, set by picocli
    private Path output;

    @Option(
            names = {"--shard-size", "--max-shard-bytes"},
            paramLabel = "N",
            converter = ByteCountConverter.class,
            description = "A file grows no larger than this (300000, 500MB, 2GB) unless a single tensor is"
                    + " (default: 5GB; of GGUF one file).")
    private Optional<Long> maxShardBytes = Optional.empty();

    @Option(
            names = "--resume",
            description = "Keep an unfinished folder, hidden beside the output, and go on with it the next time.")
    private boolean resume;

    @Option(names = "--threads", paramLabel = "N", description = "Threads, 16 at most; by default one per core.")
    private Optional<Integer> threads = Optional.empty();

    Path output() {
        return output;
    }

    /** Whether files are to be no larger than asked for. */
    boolean divided() {
        return maxShardBytes.isPresent();
    }

    /**
     * Opens the model and has it written; shows how far that is, and an interrupt stops it.
     *
     * @param more of the options, by other options of the command
     */
    void write(
            Terminal terminal,
            LlamaBuilder builder,
            UnaryOperator<WriteOptions> more,
            BiConsumer<Checkpoint, WriteOptions> writing) {
        Cancellation cancellation = new Cancellation();
        try (ProgressLine progress = ProgressLine.on(terminal);
                Interruption _ = Interruption.cancels(cancellation::cancel)) {
            WriteOptions options = more.apply(options()).listener(progress).cancellation(cancellation);
            builder.onProgress(progress).cancellation(cancellation);
            try (Checkpoint checkpoint = builder.openCheckpoint()) {
                writing.accept(checkpoint, options);
            }
        }
    }

    private WriteOptions options() {
        WriteOptions options = WriteOptions.DEFAULT.resume(resume);
        options = threads.isPresent() ? options.threads(threads.get()) : options;
        return maxShardBytes.isPresent() ? options.maxShardBytes(maxShardBytes.get()) : options;
    }
}
