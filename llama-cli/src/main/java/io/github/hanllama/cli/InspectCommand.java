package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.HfConfig;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** What a file or folder is. */
@Command(
        name = "inspect",
        description = {
            "Says what a model, adapter, weight file or tokenizer is and whether it hangs together.",
            "With --json one line: {\"format\", \"config\", \"tensors\", \"tokenizer\", \"adapter\", \"verdict\"}; null is"
                    + " what it does not have."
        })
final class InspectCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "PATH", description = "A file, a folder, or owner/name on a hub.")
    @SuppressWarnings("NullAway.Init") // required, set by picocli
    private ModelName name;

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    InspectCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Inspection inspection = Inspector.inspect(name.path());
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> write(json, inspection));
        } else {
            print(inspection);
        }
        return 0;
    }

    private void print(Inspection inspection) {
        line("format", inspection.format());
        inspection.config().ifPresent(config -> line("config", describe(config)));
        if (!inspection.tensors().isEmpty()) {
            line("tensors", inspection.tensors().size() + ", " + Inspection.size(inspection.tensors()));
        }
        inspection.tokenizer().ifPresent(tokenizer -> line("tokenizer", describe(tokenizer)));
        inspection.adapter().ifPresent(adapter -> {
            adapter.facts().forEach(this::line);
            adapter.declaredBase().ifPresent(base -> line("base", base + ", it says"));
        });
        line("verdict", inspection.verdict());
    }

    private void line(String name, String value) {
        terminal.println("%-10s %s".formatted(name, value));
    }

    private static String describe(LlamaConfig config) {
        return "%d layers of width %d, %d heads (%d for keys and values) of %d, MLP %d, vocabulary %d, context %d"
                .formatted(
                        config.numHiddenLayers(),
                        config.hiddenSize(),
                        config.numAttentionHeads(),
                        config.numKeyValueHeads(),
                        config.headDim(),
                        config.intermediateSize(),
                        config.vocabSize(),
                        config.maxPositionEmbeddings());
    }

    private static String describe(Tokenizer tokenizer) {
        return "%d tokens, BOS %s, EOS %s"
                .formatted(
                        tokenizer.vocabularySize(),
                        idOrNone(tokenizer.specialTokens().bos()),
                        idOrNone(tokenizer.specialTokens().eos()));
    }

    private static String idOrNone(OptionalInt id) {
        return id.isPresent() ? String.valueOf(id.getAsInt()) : "none";
    }

    private static void write(JsonGenerator json, Inspection inspection) throws IOException {
        json.writeStringField("format", inspection.format());
        json.writeFieldName("config");
        if (inspection.config().isPresent()) {
            json.writeTree(
                    Json.MAPPER.readTree(HfConfig.write(inspection.config().get())));
        } else {
            json.writeNull();
        }
        write(json, "tensors", inspection.tensors());
        json.writeFieldName("tokenizer");
        if (inspection.tokenizer().isPresent()) {
            write(json, inspection.tokenizer().get());
        } else {
            json.writeNull();
        }
        json.writeFieldName("adapter");
        if (inspection.adapter().isPresent()) {
            write(json, inspection.adapter().get());
        } else {
            json.writeNull();
        }
        json.writeStringField("verdict", inspection.verdict());
    }

    private static void write(JsonGenerator json, String field, List<TensorInfo> tensors) throws IOException {
        json.writeArrayFieldStart(field);
        for (TensorInfo tensor : tensors) {
            json.writeStartObject();
            json.writeStringField("name", tensor.name());
            json.writeArrayFieldStart("shape");
            for (long dimension : tensor.shape()) {
                json.writeNumber(dimension);
            }
            json.writeEndArray();
            json.writeStringField("dtype", tensor.dtype().name());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, Tokenizer tokenizer) throws IOException {
        json.writeStartObject();
        json.writeNumberField("vocabulary_size", tokenizer.vocabularySize());
        write(json, "bos_token_id", tokenizer.specialTokens().bos());
        write(json, "eos_token_id", tokenizer.specialTokens().eos());
        write(json, "unk_token_id", tokenizer.specialTokens().unk());
        write(json, "pad_token_id", tokenizer.specialTokens().pad());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, AdapterInfo adapter) throws IOException {
        json.writeStartObject();
        json.writeStringField("kind", adapter.kind());
        write(json, "vocabulary_size", adapter.vocabularySize());
        json.writeStringField("declared_base", adapter.declaredBase().orElse(null));
        json.writeObjectFieldStart("facts");
        for (String fact : adapter.facts().keySet()) {
            json.writeStringField(fact, adapter.facts().get(fact));
        }
        json.writeEndObject();
        write(json, "adds_to", adapter.needs());
        write(json, "replaces", adapter.replaces());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, String field, OptionalInt value) throws IOException {
        if (value.isPresent()) {
            json.writeNumberField(field, value.getAsInt());
        } else {
            json.writeNullField(field);
        }
    }
}
