package io.github.hanllama.core.checkpoint.file;

import io.github.hanllama.core.error.ModelNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What lies in a folder, sorted by name. */
public final class FolderFiles {
    private FolderFiles() {}

    public static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new ModelNotFoundException(folder + ": cannot be listed: " + e, e);
        }
    }
}
