package io.github.hanllama.quant;

import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Which kernels this JVM runs, and what to tell the user about it.
 *
 * @param bits width of a vector; 0 for the scalar kernels
 * @param notice one sentence to log, when the choice is not the fast one or not the one asked for
 */
record KernelChoice(int bits, Optional<String> notice) {
    static final String KERNELS = "llama.kernels";
    static final String BITS = "llama.kernels.bits";
    private static final String FLAG = "--add-modules jdk.incubator.vector";

    boolean simd() {
        return bits > 0;
    }

    /**
     * Chooses from the system properties and the machine.
     *
     * @param preferredBits asked only when the vector module is there
     */
    static KernelChoice choose(
            UnaryOperator<@Nullable String> properties, boolean vectorModule, IntSupplier preferredBits) {
        String kernels = orElse(properties.apply(KERNELS), "auto");
        return switch (kernels) {
            case "scalar" -> new KernelChoice(0, Optional.empty());
            case "auto" -> vectorModule ? simd(properties, preferredBits.getAsInt()) : withoutModule();
            case "simd" -> {
                if (!vectorModule) {
                    throw new IllegalStateException("-D" + KERNELS + "=simd needs the flag " + FLAG);
                }
                yield simd(properties, preferredBits.getAsInt());
            }
            default ->
                throw new IllegalArgumentException("-D" + KERNELS + " must be auto, scalar or simd, was " + kernels);
        };
    }

    private static KernelChoice withoutModule() {
        return new KernelChoice(
                0,
                Optional.of("Running the slow scalar kernels; start the JVM with " + FLAG + " to run the fast ones."));
    }

    private static KernelChoice simd(UnaryOperator<@Nullable String> properties, int preferred) {
        String asked = orElse(properties.apply(BITS), Integer.toString(preferred));
        int bits =
                switch (asked) {
                    case "128", "256", "512" -> Integer.parseInt(asked);
                    default ->
                        throw new IllegalArgumentException("-D" + BITS + " must be 128, 256 or 512, was " + asked);
                };
        if (bits <= preferred) {
            return new KernelChoice(bits, Optional.empty());
        }
        return new KernelChoice(
                preferred,
                Optional.of("-D" + BITS + "=" + bits + " is wider than this machine; using " + preferred + " bits."));
    }

    private static String orElse(@Nullable String value, String other) {
        return value == null ? other : value;
    }
}
