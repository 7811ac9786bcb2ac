package io.github.hanllama.cli;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.NewRows;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.progress.Cancellation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where a new vocabulary goes, and the model that is fitted to it. */
final class ResizeOption {
    private static final String TOKENIZER = "tokenizer.model";

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--output",
            paramLabel = "PATH",
            description = "The tokenizer.model to write, with --model the folder of the model; must not exist.")
    private Optional<Path> output = Optional.empty();

    @Option(
            names = "--model",
            paramLabel = "PATH",
            description = "A model of the first vocabulary, to fit to the new one.")
    private Optional<ModelName> model = Optional.empty();

    @Option(
            names = "--new-rows",
            paramLabel = "KIND",
            description = "What new rows of embedding and head start from: mean, zero or normal (default: mean).")
    private Kind kind = Kind.MEAN;

    @Option(names = "--seed", paramLabel = "N", description = "Of normal new rows (default: 0).")
    private long seed;

    @Option(names = "--deviation", paramLabel = "X", description = "Of normal new rows (default: 0.02).")
    private double deviation = 0.02;

    /** What {@code --new-rows} may be. */
    enum Kind {
        MEAN,
        ZERO,
        NORMAL
    }

    boolean isAsked() {
        return output.isPresent() || model.isPresent();
    }

    Path output() {
        return output.orElseThrow(() -> new ParameterException(spec.commandLine(), "missing option --output"));
    }

    NewRows newRows() {
        return switch (kind) {
            case MEAN -> new NewRows.Mean();
            case ZERO -> new NewRows.Zero();
            case NORMAL -> new NewRows.Normal(seed, deviation);
        };
    }

    /**
     * Writes the vocabulary, or the model with it beside.
     *
     * @param vocabulary writes it to a file
     * @param resize fits a model to such a file
     */
    void write(Terminal terminal, Consumer<Path> vocabulary, BiFunction<Checkpoint, Path, Checkpoint> resize) {
        if (Files.exists(output()) && model.isEmpty()) {
            throw new InputException("exists already: " + output());
        }
        if (model.isEmpty()) {
            vocabulary.accept(output());
            return;
        }
        try {
            Path folder = Files.createTempDirectory("llama-vocab-");
            try {
                Path file = folder.resolve(TOKENIZER);
                vocabulary.accept(file);
                write(terminal, model.get(), file, resize);
            } finally {
                Files.deleteIfExists(folder.resolve(TOKENIZER));
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new InputException("the temporary folder cannot be used: " + e, e);
        }
    }

    private void write(
            Terminal terminal, ModelName name, Path tokenizer, BiFunction<Checkpoint, Path, Checkpoint> resize) {
        Cancellation cancellation = new Cancellation();
        try (ProgressLine progress = ProgressLine.on(terminal);
                Interruption _ = Interruption.cancels(cancellation::cancel);
                Checkpoint base = name.builder().cancellation(cancellation).openCheckpoint();
                Checkpoint resized = resize.apply(base, tokenizer)) {
            WriteOptions options = WriteOptions.DEFAULT.listener(progress).cancellation(cancellation);
            CheckpointWriter.safetensors().write(resized, output(), options);
        }
    }
}
