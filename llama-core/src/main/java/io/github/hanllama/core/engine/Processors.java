package io.github.hanllama.core.engine;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;

/**
 * How many threads are worth having: one for each core of those this process may use. Two threads of one core share the
 * units that kernels keep busy, and would only wait for each other.
 */
final class Processors {
    private static final Path LINUX_PROCESSORS = Path.of("/sys/devices/system/cpu");
    private static final Path LINUX_STATUS = Path.of("/proc/self/status");
    private static final String ALLOWED = "Cpus_allowed_list:";

    private Processors() {}

    /** At most what the JVM counts, which heeds the limits of containers. */
    static int cores() {
        int available = Runtime.getRuntime().availableProcessors();
        return Math.clamp(physicalCores(LINUX_PROCESSORS, LINUX_STATUS), 1, available);
    }

    /** Cores with an allowed processor; where the system does not say, more than there can be. */
    static int physicalCores(Path processors, Path status) {
        Set<String> cores = new HashSet<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(processors, "cpu[0-9]*")) {
            BitSet allowed = allowed(status);
            for (Path folder : folders) {
                int number = Integer.parseInt(folder.getFileName().toString().substring("cpu".length()));
                if (allowed.get(number)) {
                    cores.add(Files.readString(folder.resolve("topology/thread_siblings_list")));
                }
            }
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
            return Integer.MAX_VALUE;
        }
        return cores.isEmpty() ? Integer.MAX_VALUE : cores.size();
    }

    private static BitSet allowed(Path status) throws IOException {
        BitSet allowed = new BitSet();
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith(ALLOWED)) {
                for (String range : line.substring(ALLOWED.length()).strip().split(",")) {
                    String[] ends = range.split("-");
                    allowed.set(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]) + 1);
                }
            }
        }
        return allowed;
    }
}
