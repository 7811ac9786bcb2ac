package io.github.hanllama.cli;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.source.LockedSource;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelLock;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.core.source.ModelSources;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A model as it is today, for everybody. */
@Command(
        name = "lock",
        description = {
            "Writes llama.lock: the sources of a model, each repository with its commit, every file with its size and SHA-256.",
            "Fetches what is not here yet, and reads files whose hash nobody knows. With --lock FILE other commands take just"
                    + " that, or refuse; pull --lock FILE fetches it, verify FILE reads it all again."
        })
final class LockCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "PATH",
            description = "The base: a folder, file or zip archive, owner/name on a hub, or a name of the catalogue.")
    @SuppressWarnings("NullAway.Init") // required, set by picocli
    private ModelName model;

    @Option(names = "--lora", paramLabel = "PATH", description = "An adapter, named like the base; repeat for more.")
    private List<ModelName> adapters = List.of();

    @Option(
            names = "--tokenizer",
            paramLabel = "PATH",
            description = "A tokenizer file or its folder on this machine, where one is named instead of the model's.")
    private Optional<Path> tokenizer = Optional.empty();

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "Where to write, also in place of an older one (default: llama.lock).")
    private Path output = Path.of(ModelLock.NAME);

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    LockCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Cancellation cancellation = new Cancellation();
        List<ModelFiles> parts = new ArrayList<>();
        try (ProgressLine progress = ProgressLine.on(terminal);
                Interruption _ = Interruption.cancels(cancellation::cancel)) {
            sources().forEach(source -> parts.add(source.resolve(progress, cancellation)));
            ModelLock lock = ModelLock.of(output, parts, progress, cancellation);
            lock.write();
            report(lock);
        } finally {
            parts.forEach(ModelFiles::close);
        }
        return 0;
    }

    private List<ModelSource> sources() {
        List<ModelSource> sources = new ArrayList<>(model.sources());
        adapters.forEach(adapter -> sources.add(adapter.source()));
        tokenizer.map(Paths::requireExisting).map(ModelSources::path).ifPresent(sources::add);
        return sources;
    }

    private void report(ModelLock lock) {
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> {
                json.writeStringField("lock", lock.file().toString());
                json.writeArrayFieldStart("sources");
                for (LockedSource source : lock.sources()) {
                    json.writeString(source.id());
                }
                json.writeEndArray();
            });
        } else {
            terminal.println(lock.file().toString());
        }
        terminal.flush();
    }
}
