package io.github.hanllama.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** Files and folders as users name them. */
final class Paths {
    private Paths() {}

    /** @throws InputException when there is nothing at the path */
    static Path requireExisting(Path path) {
        if (!Files.exists(path)) {
            throw new InputException("not found: " + path + "; expected a file or a folder on this machine");
        }
        return path;
    }
}
