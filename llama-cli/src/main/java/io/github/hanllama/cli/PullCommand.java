package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.hub.HubId;
import io.github.hanllama.core.hub.HubKind;
import io.github.hanllama.core.hub.HubSnapshot;
import io.github.hanllama.core.hub.HubSource;
import io.github.hanllama.lora.ChineseLlama;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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

    @Parameters(
            arity = "1..*",
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

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    PullCommand(Terminal terminal, Hubs hubs) {
        this.terminal = terminal;
        this.hubs = hubs;
    }

    @Override
    public Integer call() {
        for (HubSource source : ids.stream().flatMap(this::sources).toList()) {
            report(hubs.pull(patterns.isEmpty() ? source : source.files(patterns.toArray(String[]::new))));
        }
        return 0;
    }

    /** A model of the catalogue comes with everything below it, and has the hashes that its authors published. */
    private Stream<HubSource> sources(String id) {
        return ChineseLlama.find(id)
                .map(known -> known.chain().stream().map(model -> hubs.source(model.id(HubKind.HUGGING_FACE))
                        .expecting(model.sha256())))
                .orElseGet(() -> Stream.of(hubs.source(HubId.parse(id))));
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
