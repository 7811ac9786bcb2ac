package io.github.hanllama.cli;

import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.WriteReport;
import io.github.hanllama.lora.DeltaPatch;
import io.github.hanllama.lora.PatchDifference;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Models that are published as the difference to their base. */
@Command(
        name = "patch",
        description = {
            "Adds a patch, such as that of OpenChineseLLaMA, to its base, or makes one of a tuned model and its base.",
            "The files that go in are only read; an interrupt leaves nothing behind."
        })
final class PatchCommand implements Runnable {
    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    PatchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing: apply or create");
    }

    @Command(
            name = "apply",
            description = {
                "Writes base + patch as a model, rounded once as PyTorch does it.",
                "Refuses another base, a patch that is in the base already, and files that are not what was published."
            })
    int apply(
            @Option(names = "--base", required = true, paramLabel = "PATH", description = "The model it was made from.")
                    ModelName base,
            @Option(names = "--patch", required = true, paramLabel = "PATH", description = "The folder of the patch.")
                    ModelName patch,
            @Mixin FormatOptions format,
            @Mixin WriteTarget target,
            @Mixin JsonOption jsonOption) {
        LlamaBuilder builder = base.builder().adapt(DeltaPatch.of(patch.source()));
        target.write(terminal, builder, format::apply, (patched, options) -> {
            WriteReport report = format.writer(target.divided()).write(patched, target.output(), options);
            new WrittenModel(target.output(), report).print(terminal, jsonOption.wanted(), format.typeName());
        });
        return 0;
    }

    @Command(
            name = "create",
            description =
                    "Writes the difference of a model to its base, a file for each layer, as OpenChineseLLaMA does.")
    int create(
            @Option(names = "--base", required = true, paramLabel = "PATH", description = "What it was tuned from.")
                    ModelName base,
            @Option(names = "--model", required = true, paramLabel = "PATH", description = "The tuned model.")
                    ModelName model,
            @Mixin WriteTarget target,
            @Mixin JsonOption jsonOption) {
        target.write(terminal, model.builder(), UnaryOperator.identity(), (tuned, options) -> {
            try (Checkpoint below =
                            base.builder().cancellation(options.cancellation()).openCheckpoint();
                    PatchDifference difference = DeltaPatch.create(below, tuned)) {
                WriteReport report = difference.write(target.output(), options);
                if (difference.inexact() > 0) {
                    terminal.error("llama: warning: %d weights will come back rounded in their last digit\n"
                            .formatted(difference.inexact()));
                }
                new WrittenModel(target.output(), report)
                        .print(terminal, jsonOption.wanted(), "the type of the models");
            }
        });
        return 0;
    }
}
