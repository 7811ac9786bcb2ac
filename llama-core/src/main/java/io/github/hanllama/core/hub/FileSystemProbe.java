package io.github.hanllama.core.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** Whether a file system knows symbolic links, and upper from lower case: tried, not guessed, once for each folder. */
final class FileSystemProbe {
    private static final Map<Path, Boolean> WORKS = new ConcurrentHashMap<>();

    private FileSystemProbe() {}

    static boolean linksWork(Path folder) {
        return WORKS.computeIfAbsent(folder, FileSystemProbe::tried);
    }

    private static boolean tried(Path folder) {
        Path link = folder.resolve("." + UUID.randomUUID() + ".link");
        try {
            Files.createDirectories(folder);
            Files.createSymbolicLink(link, Path.of("nowhere"));
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        } finally {
            delete(link);
        }
    }

    /** Whether two names that differ in case are one file there. */
    static boolean mixesCases(Path folder) {
        String name = "." + UUID.randomUUID();
        Path lower = folder.resolve(name + ".probe");
        try {
            Files.createDirectories(folder);
            Files.createFile(lower);
            return Files.exists(folder.resolve(name + ".PROBE"));
        } catch (IOException e) {
            return true; // better safe
        } finally {
            delete(lower);
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            return; // an empty file with a name nobody looks for
        }
    }
}
