package io.github.hanllama.core;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What this machine and JVM offer.
 *
 * @param java version and vendor of the JVM
 * @param operatingSystem name and architecture
 * @param cores processors the JVM may use
 * @param maxHeapBytes the largest heap it may grow to
 * @param memoryBytes memory of the machine, or of the container it is limited to
 * @param vectorModule whether the Vector API can be used
 * @param kernels what runs the arithmetic: {@code "scalar"} or, for example, {@code "simd 512 bits"}
 * @param engines names of the engines in this installation
 * @param adapterKinds names of the kinds of adapters in this installation
 * @param flagsToAdd JVM flags that make it faster, to be copied as they are
 * @param warnings one sentence each; empty when all is well
 */
public record DoctorReport(
        String java,
        String operatingSystem,
        int cores,
        long maxHeapBytes,
        long memoryBytes,
        boolean vectorModule,
        String kernels,
        List<String> engines,
        List<String> adapterKinds,
        List<String> flagsToAdd,
        List<String> warnings) {
    private static final double GIBIBYTE = 1L << 30;

    public DoctorReport {
        engines = List.copyOf(engines);
        adapterKinds = List.copyOf(adapterKinds);
        flagsToAdd = List.copyOf(flagsToAdd);
        warnings = List.copyOf(warnings);
    }

    /** All of it for people to read, lines separated by {@code \n}. */
    public String text() {
        return String.format(
                Locale.ROOT,
                """
                java       %s
                system     %s, %d cores, %.1f GiB of memory, heap up to %.1f GiB
                kernels    %s (Vector API %s)
                engines    %s
                adapters   %s
                flags      %s
                %s""",
                java,
                operatingSystem,
                cores,
                memoryBytes / GIBIBYTE,
                maxHeapBytes / GIBIBYTE,
                kernels,
                vectorModule ? "present" : "absent",
                orNone(engines),
                orNone(adapterKinds),
                flagsToAdd.isEmpty() ? "none to add" : "add " + String.join(" ", flagsToAdd),
                warnings.isEmpty()
                        ? "All is well."
                        : warnings.stream().map("warning    "::concat).collect(Collectors.joining("\n")));
    }

    private static String orNone(List<String> names) {
        return names.isEmpty() ? "none" : String.join(", ", names);
    }
}
