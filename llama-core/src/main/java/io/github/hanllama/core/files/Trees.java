package io.github.hanllama.core.files;

import io.github.hanllama.core.error.BackendException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Folders with everything in them. Links are what they are, never what they lead to. */
public final class Trees {
    private Trees() {}

    /** What is in a folder, sorted by name; nothing when it is not there. */
    public static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.isDirectory(folder) ? Files.list(folder) : Stream.empty()) {
            return files.sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            throw new BackendException(folder + ": cannot be listed: " + e, e);
        }
    }

    public static long bytes(Path folder) {
        try (Stream<Path> tree = Files.walk(folder)) {
            return tree.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException | UncheckedIOException e) {
            return 0; // somebody is removing it
        }
    }

    /** Does nothing when it is not there. */
    public static void remove(Path folder) {
        try (Stream<Path> tree =
                Files.exists(folder, LinkOption.NOFOLLOW_LINKS) ? Files.walk(folder) : Stream.empty()) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new BackendException(folder + ": cannot be removed: " + e, e);
        }
    }
}
