package io.github.hanllama.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder for the files that parsers want to map; each process has its own, below {@code target}. */
public final class Scratch {
    private final Path folder;

    private Scratch(Path folder) {
        this.folder = folder;
    }

    /** A new empty folder. */
    public static Scratch create() {
        try {
            Path parent =
                    Files.createDirectories(Path.of("target", "fuzz", "scratch").toAbsolutePath());
            return new Scratch(
                    Files.createTempDirectory(parent, ProcessHandle.current().pid() + "-"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path folder() {
        return folder;
    }

    /** Replaces the file of this name. */
    public Path write(String name, byte[] bytes) {
        try {
            return Files.write(folder.resolve(name), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
