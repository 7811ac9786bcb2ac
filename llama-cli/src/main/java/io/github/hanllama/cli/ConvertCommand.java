package io.github.hanllama.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** A model in another format. */
@Command(
        name = "convert",
        description = {
            "Writes a model in another format, there and back to the bit unless another --dtype is asked for; what a format"
                    + " has no words for is said, and kept in hanllama-merge.json.",
            "Needs little memory, whatever the size of the model. An interrupt leaves nothing behind."
        })
final class ConvertCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final SourceOptions source = new SourceOptions();

    @Mixin
    private final FormatOptions format = new FormatOptions();

    @Mixin
    private final WriteTarget target = new WriteTarget();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    ConvertCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        new ModelWriting(source, format, target).run(terminal, jsonOption.wanted());
        return 0;
    }
}
