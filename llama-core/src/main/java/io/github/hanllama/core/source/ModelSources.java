package io.github.hanllama.core.source;

import java.nio.file.Path;
import java.util.List;

/** Where models and adapters on this machine come from. */
public final class ModelSources {
    private ModelSources() {}

    /**
     * A folder, or one weight file with the small files beside it ({@code config.json}, the tokenizer and the like).
     * Resolving uses the files where they are.
     */
    public static ModelSource path(Path folderOrFile) {
        return new PathSource(folderOrFile);
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
