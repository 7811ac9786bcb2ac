package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.checkpoint.Verification;
import io.github.hanllama.core.hub.HubId;
import io.github.hanllama.core.hub.HubSnapshot;
import io.github.hanllama.core.hub.HubSource;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.LockedSource;
import io.github.hanllama.core.source.ModelLock;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.core.source.ModelSources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Whether a model is still what was written, fetched or locked. */
@Command(
        name = "verify",
        description = {
            "Hashes every file of a folder and compares them with hanllama-merge.json, or with Meta's checklist.chk;",
            "of a GGUF file written here every tensor, by the hashes it carries; of a llama.lock all its sources;",
            "of owner/name or a name of the catalogue what the cache holds of it, by the hashes of the hub.",
            "Prints each file that changed, is missing, or was not there; the exit code is then 1."
        })
final class VerifyCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Hubs hubs;

    @Parameters(
            paramLabel = "PATH",
            description =
                    "The folder of a model, a weight file, a list of hashes, a llama.lock, or what was pulled by its id.")
    @SuppressWarnings("NullAway.Init") // required, set by picocli
    private ModelName model;

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    VerifyCommand(Terminal terminal, Hubs hubs) {
        this.terminal = terminal;
        this.hubs = hubs;
    }

    @Override
    public Integer call() {
        List<Verification> verifications = verify();
        verifications.forEach(this::report);
        terminal.flush();
        for (Verification verification : verifications) {
            requirePassed(verification);
        }
        return 0;
    }

    private List<Verification> verify() {
        Cancellation cancellation = new Cancellation();
        try (ProgressLine progress = ProgressLine.on(terminal);
                Interruption _ = Interruption.cancels(cancellation::cancel)) {
            List<HubSource> onHubs = model.onHubs();
            if (onHubs.isEmpty()) {
                return List.of(verify(model.path(), progress, cancellation));
            }
            return onHubs.stream()
                    .map(source -> verify(hubs.offline(source).resolve(progress, cancellation), progress, cancellation))
                    .toList();
        }
    }

    private Verification verify(Path path, ProgressListener listener, Cancellation cancellation) {
        return ModelLock.isOne(path)
                ? verify(ModelLock.read(path), listener, cancellation)
                : Verification.of(path, listener, cancellation);
    }

    private static Verification verify(HubSnapshot snapshot, ProgressListener listener, Cancellation cancellation) {
        return new Verification(
                snapshot.folder(), snapshot.names().size(), snapshot.differences(listener, cancellation));
    }

    private Verification verify(ModelLock lock, ProgressListener listener, Cancellation cancellation) {
        int files = lock.sources().stream()
                .mapToInt(source -> source.files().size())
                .sum();
        return new Verification(
                lock.file(),
                files,
                lock.differences(
                        source -> located(source, lock).resolve(listener, cancellation), listener, cancellation));
    }

    /** Paths are meant from the folder of the lock. */
    private ModelSource located(LockedSource source, ModelLock lock) {
        return source.commit().isPresent()
                ? hubs.offline(hubs.source(HubId.parse(source.id()))).pinned(lock)
                : ModelSources.path(lock.file().resolveSibling(source.id()));
    }

    private void report(Verification verification) {
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> write(json, verification));
        } else if (verification.passed()) {
            terminal.println("all %d files are as %s says".formatted(verification.files(), verification.list()));
        } else {
            verification.differences().forEach(terminal::println);
        }
    }

    private void requirePassed(Verification verification) {
        if (!verification.passed()) {
            throw new InputException("%s: %d of its files are not as written, first %s; restore them from a copy"
                    .formatted(
                            model,
                            verification.differences().stream()
                                    .map(difference -> difference.substring(0, difference.indexOf(": ")))
                                    .distinct()
                                    .count(),
                            verification.differences().getFirst()));
        }
    }

    private static void write(JsonGenerator json, Verification verification) throws IOException {
        json.writeStringField("list", verification.list().toString());
        json.writeNumberField("files", verification.files());
        json.writeArrayFieldStart("differences");
        for (String difference : verification.differences()) {
            json.writeString(difference);
        }
        json.writeEndArray();
    }
}
