package io.github.hanllama.lora;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.lora.CatalogueModel.Kind;
import java.util.List;

/** Files that claim to be a published patch, since their small files are those of it. */
final class PublishedPatches {
    /** What no other patch has in common with it, as it would a tokenizer. */
    private static final List<String> TELLING = List.of("config.json", "pytorch_model.bin.index.json");

    private PublishedPatches() {}

    /** @throws io.github.hanllama.core.error.ModelFormatException when other files are not what was published with these */
    static void verify(ModelFiles files) {
        verify(files, ChineseLlama.all());
    }

    static void verify(ModelFiles files, List<CatalogueModel> published) {
        published.stream()
                .filter(model -> model.kind() == Kind.PATCH && claims(files, model))
                .forEach(model -> KnownSource.verify(model, files, new Cancellation()));
    }

    private static boolean claims(ModelFiles files, CatalogueModel model) {
        return TELLING.stream().filter(files.names()::contains).anyMatch(name -> Sha256.of(files.path(name))
                .equals(model.sha256().get(name)));
    }
}
