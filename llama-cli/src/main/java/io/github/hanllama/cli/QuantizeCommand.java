package io.github.hanllama.cli;

import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.quantize.ImportanceMatrix;
import io.github.hanllama.core.quantize.QuantOptions;
import io.github.hanllama.core.quantize.QuantizedCheckpoint;
import io.github.hanllama.quant.QuantRecipe;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Base and adapters to one small file. */
@Command(
        name = "quantize",
        description = {
            "Writes a model, and adapters merged into it, as one GGUF file with weights of fewer bits, which llama.cpp reads"
                    + " as well; and says what that lost.",
            "Merges, quantizes and writes in one pass, with little memory whatever the size of the model. An interrupt leaves"
                    + " nothing behind."
        })
final class QuantizeCommand implements Callable<Integer> {
    private static final String SUFFIX = ".gguf";

    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "PATH",
            description = "The base: a folder, file or zip archive, or owner/name on a hub.")
    @SuppressWarnings("NullAway.Init") // required, set by picocli
    private ModelName model;

    @Option(
            names = "--lora",
            paramLabel = "PATH",
            description = "An adapter to merge, named like the base; repeat to chain, in order.")
    private List<ModelName> adapters = List.of();

    @Option(
            names = "--type",
            required = true,
            paramLabel = "TYPE",
            description = "What matrices become, by the names and rules of llama.cpp: ${COMPLETION-CANDIDATES}.")
    @SuppressWarnings("NullAway.Init") // required, set by picocli
    private QuantRecipe recipe;

    @Option(
            names = "--imatrix",
            paramLabel = "FILE",
            description = "Which columns matter most: a file of llama.cpp's llama-imatrix.")
    private Optional<Path> importance = Optional.empty();

    @Option(
            names = "--output",
            required = true,
            paramLabel = "FILE.gguf",
            description = "Where to write; must not exist.")
    @SuppressWarnings("NullAway.Init") // required, set by picocli
    private Path output;

    @Option(names = "--threads", paramLabel = "N", description = "Threads, 16 at most; by default one per core.")
    private Optional<Integer> threads = Optional.empty();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    QuantizeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (!output.toString().endsWith(SUFFIX)) {
            throw new ParameterException(
                    spec.commandLine(), "expected --output to end in " + SUFFIX + ", found " + output);
        }
        Cancellation cancellation = new Cancellation();
        try (ProgressLine progress = ProgressLine.on(terminal);
                Interruption _ = Interruption.cancels(cancellation::cancel)) {
            WriteOptions options = WriteOptions.DEFAULT.listener(progress).cancellation(cancellation);
            options = threads.isPresent() ? options.threads(threads.get()) : options;
            LlamaBuilder builder = model.builder();
            adapters.forEach(adapter -> builder.adapt(adapter.source()));
            builder.onProgress(progress).cancellation(cancellation);
            QuantOptions quantization = new QuantOptions(
                    recipe, importance.map(Paths::requireExisting).map(ImportanceMatrix::read), true);
            try (Checkpoint checkpoint = builder.openCheckpoint();
                    QuantizedCheckpoint quantized = QuantizedCheckpoint.of(checkpoint, quantization)) {
                CheckpointWriter.gguf().write(quantized, output, options);
                report(quantized);
            }
        }
        return 0;
    }

    private void report(QuantizedCheckpoint quantized) {
        QuantTable table = new QuantTable(quantized.report());
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> table.write(json, output));
        } else {
            table.lines().forEach(terminal::println);
            terminal.println(output.toString());
        }
        terminal.flush();
    }
}
