package io.github.hanllama.cli;

import io.github.hanllama.core.LlamaBuilder;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The option that pins the sources of a model. */
final class LockOption {
    @Option(
            names = "--lock",
            paramLabel = "FILE",
            description =
                    "A llama.lock, as lock writes it: only what it names is taken, at its commits and with its hashes.")
    private Optional<Path> file = Optional.empty();

    LlamaBuilder apply(LlamaBuilder builder) {
        file.ifPresent(builder::lock);
        return builder;
    }
}
