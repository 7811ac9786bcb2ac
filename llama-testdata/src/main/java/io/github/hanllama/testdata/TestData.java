package io.github.hanllama.testdata;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Finds fixtures: first among the project's own ({@code testdata/}), then in the large shared material beside the
 * checkout ({@code hanllama.data}), which a fresh clone elsewhere does not have.
 */
public final class TestData {
    private TestData() {}

    /** The file or folder, for example {@code "hf/mha/base"}; fails when neither place has it. */
    public static Path path(String relative) {
        return find(relative)
                .orElseThrow(() -> new IllegalStateException(new NoSuchFileException(
                        root("hanllama.testdata").resolve(relative).toString())));
    }

    /** The file or folder, or empty when neither place has it. */
    public static Optional<Path> find(String relative) {
        Path own = root("hanllama.testdata").resolve(relative);
        if (Files.exists(own)) {
            return Optional.of(own);
        }
        Path shared = root("hanllama.data").resolve(relative);
        return Files.exists(shared) ? Optional.of(shared) : Optional.empty();
    }

    /** Whether the large shared material is there at all; then nothing in it may be missing. */
    static boolean sharedExists() {
        return Files.isDirectory(root("hanllama.data"));
    }

    private static Path root(String property) {
        String value = System.getProperty(property);
        if (value == null) {
            throw new IllegalStateException("-D" + property + " is not set; the parent pom sets it for surefire");
        }
        return Path.of(value).normalize();
    }
}
