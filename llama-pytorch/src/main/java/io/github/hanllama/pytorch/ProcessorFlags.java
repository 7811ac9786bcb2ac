package io.github.hanllama.pytorch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What the processor can do by itself. libtorch says it supports bf16 also where it only imitates it, slower than f32. */
final class ProcessorFlags {
    private static final Path LINUX = Path.of("/proc/cpuinfo");
    private static final Set<String> BF16 = Set.of("avx512_bf16", "amx_bf16", "bf16"); // the last is ARM's

    private ProcessorFlags() {}

    /** False where the system does not say. */
    static boolean multipliesBf16() {
        try {
            return Files.isReadable(LINUX) && multipliesBf16(Files.readAllLines(LINUX));
        } catch (IOException e) {
            return false;
        }
    }

    static boolean multipliesBf16(List<String> lines) {
        return lines.stream()
                .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                .flatMap(line ->
                        Stream.of(line.substring(line.indexOf(':') + 1).strip().split(" ")))
                .anyMatch(BF16::contains);
    }
}
