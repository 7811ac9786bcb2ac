package io.github.hanllama.cli;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.WriteReport;
import io.github.hanllama.core.quantize.ImportanceMatrix;
import io.github.hanllama.core.quantize.QuantOptions;
import io.github.hanllama.core.quantize.QuantizedCheckpoint;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.quant.RowQuantization;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
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

    @Mixin
    private final SourceOptions source = new SourceOptions();

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "What matrices become, by the names and rules of llama.cpp: ${COMPLETION-CANDIDATES}.")
    private Optional<QuantRecipe> recipe = Optional.empty();

    @Option(
            names = "--rows",
            paramLabel = "TYPE",
            description = "Instead of --type: INT8 or INT4, whole numbers with a scale for each row, as ChatGLM and"
                    + " Chinese-LlaMA2 quantize; --output is then a folder.")
    private Optional<RowQuantization> rows = Optional.empty();

    @Option(
            names = "--imatrix",
            paramLabel = "FILE",
            description = "Which columns matter most: a file of llama.cpp's llama-imatrix.")
    private Optional<Path> importance = Optional.empty();

    @Mixin
    private final WriteTarget target = new WriteTarget();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    QuantizeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (rows.isPresent() == recipe.isPresent()) {
            throw new ParameterException(spec.commandLine(), "expected either --type or --rows");
        }
        BiConsumer<Checkpoint, WriteOptions> writing =
                recipe.isPresent() ? inBlocks(recipe.get()) : inRows(rows.orElseThrow());
        target.write(terminal, source.builder(), UnaryOperator.identity(), writing);
        return 0;
    }

    private BiConsumer<Checkpoint, WriteOptions> inRows(RowQuantization kind) {
        return (checkpoint, options) -> {
            WriteReport report = CheckpointWriter.rowQuantized(kind).write(checkpoint, target.output(), options);
            new WrittenModel(target.output(), report).print(terminal, jsonOption.wanted(), "F16");
        };
    }

    private BiConsumer<Checkpoint, WriteOptions> inBlocks(QuantRecipe type) {
        if (!target.divided() && !target.output().toString().endsWith(SUFFIX)) {
            throw new ParameterException(
                    spec.commandLine(), "expected --output to end in " + SUFFIX + ", found " + target.output());
        }
        QuantOptions quantization =
                new QuantOptions(type, importance.map(Paths::requireExisting).map(ImportanceMatrix::read), true);
        return (checkpoint, options) -> {
            QuantizedCheckpoint quantized = QuantizedCheckpoint.of(checkpoint, quantization);
            CheckpointWriter writer = target.divided() ? CheckpointWriter.ggufParts() : CheckpointWriter.gguf();
            writer.write(quantized, target.output(), options);
            report(quantized);
        };
    }

    private void report(QuantizedCheckpoint quantized) {
        QuantTable table = new QuantTable(quantized.report());
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> table.write(json, target.output()));
        } else {
            table.lines().forEach(terminal::println);
            terminal.println(target.output().toString());
        }
        terminal.flush();
    }
}
