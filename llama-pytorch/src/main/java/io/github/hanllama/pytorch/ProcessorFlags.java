package io.github.hanllama.pytorch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What the processor can do by itself: libtorch says it supports types also where it only imitates them, slower than f32. */
final class ProcessorFlags {
    private static final Path LINUX = Path.of("/proc/cpuinfo");
    private static final Set<String> BF16 = Set.of("avx512_bf16", "amx_bf16", "bf16"); // the last is ARM's
    private static final Set<String> INT8 = Set.of("avx512_vnni", "avx_vnni", "amx_int8");

    private ProcessorFlags() {}

    /** False where the system does not say. */
    static boolean multipliesBf16() {
        return multipliesBf16(lines());
    }

    static boolean multipliesBf16(List<String> lines) {
        return any(BF16, lines);
    }

    /** False where the system does not say, and for ARM, where libtorch's products of bytes have not been measured. */
    static boolean multipliesInt8() {
        return multipliesInt8(lines());
    }

    static boolean multipliesInt8(List<String> lines) {
        return any(INT8, lines);
    }

    private static List<String> lines() {
        try {
            return Files.isReadable(LINUX) ? Files.readAllLines(LINUX) : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static boolean any(Set<String> names, List<String> lines) {
        return lines.stream()
                .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                .flatMap(line ->
                        Stream.of(line.substring(line.indexOf(':') + 1).strip().split(" ")))
                .anyMatch(names::contains);
    }
}
