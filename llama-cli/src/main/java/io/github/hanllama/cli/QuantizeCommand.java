package io.github.hanllama.cli;

import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.quantize.ImportanceMatrix;
import io.github.hanllama.core.quantize.QuantOptions;
import io.github.hanllama.core.quantize.QuantizedCheckpoint;
import io.github.hanllama.quant.QuantRecipe;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
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

    @Mixin
    private final WriteTarget target = new WriteTarget();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    QuantizeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (!target.divided() && !target.output().toString().endsWith(SUFFIX)) {
            throw new ParameterException(
                    spec.commandLine(), "expected --output to end in " + SUFFIX + ", found " + target.output());
        }
        QuantOptions quantization =
                new QuantOptions(recipe, importance.map(Paths::requireExisting).map(ImportanceMatrix::read), true);
        target.write(terminal, source.builder(), UnaryOperator.identity(), (checkpoint, options) -> {
            QuantizedCheckpoint quantized = QuantizedCheckpoint.of(checkpoint, quantization);
            CheckpointWriter writer = target.divided() ? CheckpointWriter.ggufParts() : CheckpointWriter.gguf();
            writer.write(quantized, target.output(), options);
            report(quantized);
        });
        return 0;
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
