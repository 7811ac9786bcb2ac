package io.github.hanllama.cli;

import io.github.hanllama.core.LlamaBuilder;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that name what is written to disk: a base, and adapters to merge into it. */
final class SourceOptions {
    @Option(
            names = {"--model", "--base", "--from"},
            required = true,
            paramLabel = "PATH",
            description = "The base: a folder, file or zip archive, owner/name on a hub, or a name of the catalogue.")
    @SuppressWarnings("NullAway.Init") // required, set by picocli
    private ModelName model;

    @Option(
            names = "--lora",
            paramLabel = "PATH",
            description = "An adapter to merge, named like the base; repeat to chain, in order.")
    private List<ModelName> adapters = List.of();

    @Mixin
    private final LockOption lock = new LockOption();

    boolean hasAdapters() {
        return !adapters.isEmpty();
    }

    /** Nothing is opened yet but looked for. */
    LlamaBuilder builder() {
        LlamaBuilder builder = model.builder();
        adapters.forEach(adapter -> builder.adapt(adapter.source()));
        return lock.apply(builder);
    }
}
