package io.github.hanllama.core.source;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where models and adapters on this machine come from. */
public final class ModelSources {
    private ModelSources() {}

    /**
     * A folder, or one weight file with the small files beside it ({@code config.json}, the tokenizer and the like).
     * Resolving uses the files where they are, but for those in an archive named {@code .zip}: see {@link #zip}.
     */
    public static ModelSource path(Path folderOrFile) {
        return new PathSource(folderOrFile);
    }

    /** A zip archive with the files of a model or adapter in one folder. */
    public static ZipSource zip(Path archive) {
        return new ZipSource(archive, Optional.empty());
    }

    /**
     * Resources that travel in a jar, below a folder of the class path or of the anchor's module. Resolving copies them
     * into a private temporary folder, which closing the files removes.
     *
     * @param anchor a class of the jar (and module) that holds them
     * @param folder for example {@code "models/demo"}
     * @param names the files in it; a jar cannot be asked
     */
    public static ModelSource classPath(Class<?> anchor, String folder, String... names) {
        return new ClassPathSource(anchor, folder, List.of(names));
    }
}
