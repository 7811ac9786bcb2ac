package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.hub.HubId;
import io.github.hanllama.core.hub.HubSnapshot;
import io.github.hanllama.core.hub.HubSource;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelLock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Models and adapters from a hub to this machine. */
@Command(
        name = "pull",
        description = {
            "Fetches the files of models and adapters into the cache that Python's huggingface_hub uses, too, verifies them"
                    + " and prints the folder of each.",
            "Goes on where an earlier download was cut, also after a kill. HF_ENDPOINT names a mirror, HF_TOKEN a token,"
                    + " HF_HOME another place for the cache."
        })
final class PullCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Hubs hubs;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "ID",
            description = {
                "owner/name, owner/name@revision, or owner/name:FILE where a repository has several GGUF files;",
                "ms://owner/name is on ModelScope; chinese-alpaca-pro-7b and other names of the catalogue bring what they"
                        + " are based on."
            })
    private List<String> ids = List.of();

    @Option(
            names = "--file",
            paramLabel = "PATTERN",
            description = "These files instead of those of the model; * stands for anything. Repeat for more.")
    private List<String> patterns = List.of();

    @Option(
            names = "--lock",
            paramLabel = "FILE",
            description = "Instead of ids: what this lock names of hubs, at its commits and with its hashes.")
    private Optional<Path> lockFile = Optional.empty();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    PullCommand(Terminal terminal, Hubs hubs) {
        this.terminal = terminal;
        this.hubs = hubs;
    }

    @Override
    public Integer call() {
        if (ids.isEmpty() == lockFile.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "expected either IDs or --lock FILE");
        }
        for (HubSource source :
                ids.stream().flatMap(id -> hubs.sources(id).stream()).toList()) {
            report(hubs.pull(patterns.isEmpty() ? source : source.files(patterns.toArray(String[]::new))));
        }
        lockFile.map(ModelLock::read).ifPresent(this::pull);
        return 0;
    }

    private void pull(ModelLock lock) {
        for (HubSource source : locked(lock)) {
            HubSnapshot snapshot = hubs.pull(source);
            lock.require(snapshot, ProgressListener.NONE, new Cancellation());
            report(snapshot);
        }
    }

    /** What is on hubs; what is on this machine need not be fetched. */
    private List<HubSource> locked(ModelLock lock) {
        return lock.sources().stream()
                .filter(source -> source.commit().isPresent())
                .map(source -> hubs.source(HubId.parse(source.id())).pinned(lock))
                .toList();
    }

    private void report(HubSnapshot snapshot) {
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> write(json, snapshot));
        } else {
            terminal.println(snapshot.folder().toString());
        }
        terminal.flush();
    }

    private static void write(JsonGenerator json, HubSnapshot snapshot) throws IOException {
        json.writeStringField("id", snapshot.id().toString());
        json.writeStringField("commit", snapshot.commit());
        json.writeStringField("folder", snapshot.folder().toString());
        json.writeNumberField("received_bytes", snapshot.receivedBytes());
        json.writeArrayFieldStart("files");
        for (String name : snapshot.names()) {
            json.writeStartObject();
            json.writeStringField("name", name);
            json.writeNumberField("bytes", snapshot.size(name));
            json.writeStringField("hash", snapshot.hash(name).orElse(null));
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
