package io.github.hanllama.quant;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Whose processor this is, where that decides which of two ways is the faster one. */
final class Processor {
    private static final String VENDOR = "AuthenticAMD";
    private static final Path LINUX = Path.of("/proc/cpuinfo");

    /** Whether it is AMD's; false where the system does not say. */
    static final boolean AMD = amd();

    private Processor() {}

    private static boolean amd() {
        String windows = System.getenv("PROCESSOR_IDENTIFIER");
        return windows != null && windows.contains(VENDOR) || amd(lines());
    }

    static boolean amd(List<String> cpuInfo) {
        return cpuInfo.stream().anyMatch(line -> line.startsWith("vendor_id") && line.endsWith(VENDOR));
    }

    private static List<String> lines() {
        try {
            return Files.isReadable(LINUX) ? Files.readAllLines(LINUX) : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }
}
