package io.github.hanllama.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Base and adapters to one model on disk. */
@Command(
        name = "merge",
        description = {
            "Merges adapters into a base and writes the model: weights, configuration, tokenizer, and hanllama-merge.json"
                    + " with the hash of every file and tensor, which verify checks.",
            "Needs little memory, whatever the size of the model. An interrupt leaves nothing behind."
        })
final class MergeCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private final SourceOptions source = new SourceOptions();

    @Mixin
    private final FormatOptions format = new FormatOptions();

    @Mixin
    private final WriteTarget target = new WriteTarget();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    MergeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (!source.hasAdapters()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "expected an adapter to merge, --lora PATH; to write a model alone there is convert");
        }
        new ModelWriting(source, format, target).run(terminal, jsonOption.wanted());
        return 0;
    }
}
