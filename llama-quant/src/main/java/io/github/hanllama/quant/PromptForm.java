package io.github.hanllama.quant;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What prompts are read as where levels have four bits: the one form that depends on the machine.
 *
 * <p>A vector has twice as many lanes of 16 bits as of 32, but they are multiplied and added by two instructions. AMD's
 * processors issue these side by side, as many as of f32 multiply-adds, and prompts gain a fifth; Intel's with 512 bits have no
 * unit to spare, and there f32, which rounds nothing, is as fast.
 */
final class PromptForm {
    static final String PROPERTY = "llama.kernels.prompts";
    private static final String AMD = "AuthenticAMD";
    private static final Path LINUX = Path.of("/proc/cpuinfo");

    private PromptForm() {}

    /** The same for all kernels of a machine, so that these never change a result. */
    static InputForm choose(UnaryOperator<@Nullable String> properties, BooleanSupplier amd) {
        String asked = properties.apply(PROPERTY);
        return switch (asked == null ? "auto" : asked) {
            case "auto" -> amd.getAsBoolean() ? InputForm.INT8_MANY : InputForm.F32;
            case "f32" -> InputForm.F32;
            case "int8" -> InputForm.INT8_MANY;
            default -> throw new IllegalArgumentException("-D" + PROPERTY + " must be auto, f32 or int8, was " + asked);
        };
    }

    /** Whether the processor is AMD's; false where the system does not say. */
    static boolean amd() {
        String windows = System.getenv("PROCESSOR_IDENTIFIER");
        return windows != null && windows.contains(AMD) || amd(lines());
    }

    static boolean amd(List<String> cpuInfo) {
        return cpuInfo.stream().anyMatch(line -> line.startsWith("vendor_id") && line.endsWith(AMD));
    }

    private static List<String> lines() {
        try {
            return Files.isReadable(LINUX) ? Files.readAllLines(LINUX) : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }
}
