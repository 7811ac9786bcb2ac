package io.github.hanllama.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** What Linux says of this process; nothing elsewhere. */
final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");

    private ProcessMemory() {}

    /** The most memory it has had at a time, mapped files included. */
    static OptionalLong peakBytes() {
        return field("VmHWM:");
    }

    /** What it has now besides files: heap, weights and caches outside of it, the JVM's own. */
    static OptionalLong anonymousBytes() {
        return field("RssAnon:");
    }

    private static OptionalLong field(String name) {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(name.length()).replace("kB", "").strip())
                    .mapToLong(kilobytes -> Long.parseLong(kilobytes) * 1024)
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
