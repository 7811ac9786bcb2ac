package io.github.hanllama.cli;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.hub.HubId;
import io.github.hanllama.core.hub.HubKind;
import io.github.hanllama.core.hub.HubSnapshot;
import io.github.hanllama.core.hub.HubSource;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.lora.CatalogueModel;
import io.github.hanllama.lora.ChineseLlama;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A model, adapter or tokenizer as users name it: what is there under that path, else a name of the catalogue, else
 * {@code owner/name} on a hub. What looks like a path never reaches the network.
 */
record ModelName(String text, Hubs hubs) {
    private static final Pattern LIKE_A_PATH =
            Pattern.compile("[./~\\\\].*|.*\\.(gguf|safetensors|bin|pth?|ckpt|zip|json|model)|[^/]*", Pattern.DOTALL);
    private static final Pattern SCHEME = Pattern.compile("(hf|ms)://.*", Pattern.DOTALL);
    private static final String[] TOKENIZER_FILES = {
        "tokenizer.model", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"
    };

    /** @throws InputException when it can be neither */
    ModelSource source() {
        return known().map(model -> model.source(hubs.options(HubKind.HUGGING_FACE)))
                .or(this::hubSource)
                .map(hubs::watched)
                .orElseGet(() -> ModelSources.path(localPath()));
    }

    /** It and everything below it, the lowest first. */
    List<ModelSource> sources() {
        return known().map(model -> model.chain().stream()
                        .map(part -> hubs.watched(part.source(hubs.options(HubKind.HUGGING_FACE))))
                        .toList())
                .orElseGet(() -> List.of(source()));
    }

    /** What it is on hubs, the lowest part first; nothing when it is here, or cannot be a name on one. */
    List<HubSource> onHubs() {
        return known().isPresent() ? hubs.sources(text) : hubSource().stream().toList();
    }

    /** With everything below it, for a model of the catalogue; nothing is opened yet but looked for. */
    LlamaBuilder builder() {
        return known().map(
                        model -> model.builder(part -> hubs.watched(part.source(hubs.options(HubKind.HUGGING_FACE)))))
                .orElseGet(() -> Llama.from(source()));
    }

    private Optional<CatalogueModel> known() {
        return exists() ? Optional.empty() : ChineseLlama.find(text);
    }

    /** A folder or file on this machine, fetched if need be. */
    Path path() {
        return hubSource().map(hubs::pull).map(this::path).orElseGet(this::localPath);
    }

    private Path path(HubSnapshot snapshot) {
        return snapshot.id().file().map(snapshot::path).orElse(snapshot.folder());
    }

    /** As {@link #path}, but of a repository only the files of its tokenizer. */
    Path tokenizerPath() {
        return hubSource()
                .map(source -> source.id().file().isPresent() ? source : source.files(TOKENIZER_FILES))
                .map(hubs::pull)
                .map(this::path)
                .orElseGet(this::localPath);
    }

    private Optional<HubSource> hubSource() {
        Optional<CatalogueModel> known = known();
        if (known.isPresent()) {
            return Optional.of(hubs.source(known.get().id(HubKind.HUGGING_FACE)));
        }
        boolean explicit = SCHEME.matcher(text).matches();
        if (!explicit && (exists() || LIKE_A_PATH.matcher(text).matches())) {
            return Optional.empty();
        }
        try {
            return Optional.of(hubs.source(HubId.parse(text)));
        } catch (IllegalArgumentException e) {
            if (explicit) {
                throw e;
            }
            return Optional.empty();
        }
    }

    private boolean exists() {
        try {
            return Files.exists(Path.of(text));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private Path localPath() {
        try {
            return Paths.requireExisting(Path.of(text));
        } catch (InvalidPathException e) {
            throw new InputException("not found: " + text + "; expected a file or a folder on this machine", e);
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
