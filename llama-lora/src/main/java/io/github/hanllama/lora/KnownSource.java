package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.PatchHistory;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.hub.HubOptions;
import io.github.hanllama.core.hub.HubSnapshot;
import io.github.hanllama.core.hub.HubSource;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelLock;
import io.github.hanllama.core.source.ModelSource;
import java.lang.System.Logger.Level;
import java.util.Optional;

/** Files that claim to be a published model: they are that, or refused where their authors said what they are. */
final class KnownSource implements ModelSource {
    private static final System.Logger LOG = System.getLogger(KnownSource.class.getPackageName());

    private final CatalogueModel model;
    private final ModelSource source;

    private KnownSource(CatalogueModel model, ModelSource source) {
        this.model = model;
        this.source = source;
    }

    static KnownSource of(CatalogueModel model, ModelSource source) {
        return source instanceof KnownSource known && known.model.equals(model)
                ? known
                : new KnownSource(model, source);
    }

    static KnownSource onHub(CatalogueModel model, HubOptions hub) {
        return new KnownSource(model, HubSource.of(model.id(hub.hub()), hub).expecting(model.sha256()));
    }

    @Override
    public String describe() {
        return model.title() + " (" + source.describe() + ")";
    }

    /** What the hub says of its files is checked, since it costs nothing. */
    @Override
    public FileRanges headers() {
        FileRanges headers = source.headers();
        model.sha256().forEach((name, expected) -> (headers.names().contains(name)
                        ? headers.hash(name)
                        : Optional.<String>empty())
                .filter(found -> found.length() == Sha256.HEX_DIGITS && !found.equals(expected))
                .ifPresent(found -> {
                    throw otherContent(model, headers, name, expected, found);
                }));
        return headers;
    }

    @Override
    public ModelFiles resolve(ProgressListener listener, Cancellation cancellation) {
        ModelFiles files = source.resolve(listener, cancellation);
        try {
            if (!verify(model, files, cancellation)) {
                LOG.log(Level.INFO, "{0}: unverified: nobody published the hash of these weights", describe());
            }
            return files;
        } catch (RuntimeException e) {
            files.close();
            throw e;
        }
    }

    @Override
    public ModelSource pinned(ModelLock lock) {
        return new KnownSource(model, source.pinned(lock));
    }

    /**
     * Compares the files with what the authors published.
     *
     * @return whether weights are among those
     * @throws ModelFormatException when one is another
     */
    static boolean verify(CatalogueModel model, ModelFiles files, Cancellation cancellation) {
        if (model.kind() == CatalogueModel.Kind.PATCH) {
            PatchHistory.read(files).ifPresent(PatchHistory::requirePatch); // says best why the files have other hashes
        }
        boolean verified = false;
        for (String name : files.names()) {
            cancellation.throwIfCancelled();
            verified |= isConversion(model, files, name);
            String expected = model.sha256().get(name);
            if (expected != null) {
                require(model, files, name, expected);
                verified |= !name.startsWith("tokenizer");
            }
        }
        return verified;
    }

    private static boolean isConversion(CatalogueModel model, ModelFiles files, String name) {
        String known = model.conversions().get(name);
        return known != null && known.equals(hash(files, name));
    }

    private static void require(CatalogueModel model, ModelFiles files, String name, String expected) {
        String found = hash(files, name);
        if (!found.equals(expected)) {
            throw otherContent(model, files, name, expected, found);
        }
    }

    private static ModelFormatException otherContent(
            CatalogueModel model, FileRanges files, String name, String expected, String found) {
        return new ModelFormatException(files.origin() + ": " + name + ": expected the SHA-256 that the authors of "
                + model.title() + " published, " + expected + ", found " + found + "; " + reason(found));
    }

    private static String reason(String found) {
        return ChineseLlama.all().stream()
                .filter(other -> other.sha256().containsValue(found))
                .findFirst()
                .map(other -> "it is that of " + other.title())
                .orElse("is the download complete, or the file converted by somebody else?");
    }

    /** What comes from a hub has been hashed on the way. */
    private static String hash(ModelFiles files, String name) {
        Optional<String> known = files instanceof HubSnapshot snapshot ? snapshot.hash(name) : Optional.empty();
        return known.filter(hex -> hex.length() == Sha256.HEX_DIGITS).orElseGet(() -> Sha256.of(files.path(name)));
    }
}
