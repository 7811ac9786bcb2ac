package io.github.hanllama.pytorch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What the processor can do by itself: libtorch says it supports types also where it only imitates them, slower than f32. */
final class ProcessorFlags {
    private static final Path LINUX = Path.of("/proc/cpuinfo");
    private static final Set<String> BF16 = Set.of("avx512_bf16", "amx_bf16", "bf16"); // the last is ARM's
    private static final Set<String> INT8 = Set.of("avx512_vnni", "avx_vnni", "amx_int8");
    private static final Set<String> INT4 = Set.of("avx2", "avx512f"); // libtorch's vectorized kernels

    private ProcessorFlags() {}

    /**
     * Types that it multiplies faster than f32: none where the system does not say; of levels none on ARM, where libtorch's
     * products of those have not been measured.
     */
    static Set<TorchType> fast() {
        return fast(lines());
    }

    static Set<TorchType> fast(List<String> lines) {
        Set<TorchType> types = EnumSet.noneOf(TorchType.class);
        Map.of(TorchType.BF16, BF16, TorchType.INT8, INT8, TorchType.INT4, INT4).forEach((type, names) -> {
            if (any(names, lines)) {
                types.add(type);
            }
        });
        return types;
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
