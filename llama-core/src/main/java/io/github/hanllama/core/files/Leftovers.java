package io.github.hanllama.core.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What processes left that were killed while they wrote. A writer holds a lock on its temporary file, or on a file in its
 * temporary folder, that ends with it; without a lock there nothing is removed.
 */
final class Leftovers {
    /** In a temporary folder. */
    static final String LOCK = ".writing";

    /** Of this process, whose locks would end when anybody here looked at them. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private Leftovers() {}

    /** A temporary file or folder that is being written. */
    static void add(Path temporary) {
        OWN.add(temporary);
    }

    static void forget(Path temporary) {
        OWN.remove(temporary);
    }

    /** Removes from a folder what begins so and nobody writes. */
    static void remove(Path folder, String prefix) {
        for (Path path : Trees.list(folder)) {
            if (path.getFileName().toString().startsWith(prefix) && !OWN.contains(path) && isAbandoned(path)) {
                Trees.remove(path);
            }
        }
    }

    private static boolean isAbandoned(Path temporary) {
        Path locked = Files.isDirectory(temporary) ? temporary.resolve(LOCK) : temporary;
        try (FileChannel channel = FileChannel.open(locked, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (IOException | OverlappingFileLockException e) { // gone, another user's, or without locks
            return false;
        }
    }

    /** Holds the lock until the channel is closed, where there are locks. */
    static void lock(FileChannel channel) {
        try {
            channel.tryLock();
        } catch (IOException e) {
            return; // then nobody can tell that it is abandoned
        }
    }
}
