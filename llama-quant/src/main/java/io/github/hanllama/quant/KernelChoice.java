package io.github.hanllama.quant;

import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Which kernels this JVM runs. Nothing that is asked for in vain is an error: classes that choose are initialised wherever an
 * application first meets a matrix, and no choice changes a result.
 *
 * @param bits width of a vector; 0 for the scalar kernels
 */
record KernelChoice(int bits) {
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
     * @param notices takes sentences to log, when the choice is not the fast one or not the one asked for
     */
    static KernelChoice choose(
            UnaryOperator<@Nullable String> properties,
            boolean vectorModule,
            IntSupplier preferredBits,
            Consumer<String> notices) {
        String asked = orElse(properties.apply(KERNELS), "auto");
        switch (asked) {
            case "scalar" -> {
                return new KernelChoice(0);
            }
            case "auto", "simd" -> {}
            default ->
                notices.accept("-D" + KERNELS + " must be auto, scalar or simd, was " + asked + "; taking auto.");
        }
        if (!vectorModule) {
            notices.accept("Running the slow scalar kernels; start the JVM with " + FLAG + " to run the fast ones.");
            return new KernelChoice(0);
        }
        return new KernelChoice(bits(properties, preferredBits.getAsInt(), notices));
    }

    private static int bits(UnaryOperator<@Nullable String> properties, int preferred, Consumer<String> notices) {
        String asked = orElse(properties.apply(BITS), Integer.toString(preferred));
        int bits =
                switch (asked) {
                    case "128", "256", "512" -> Integer.parseInt(asked);
                    default -> {
                        notices.accept("-D" + BITS + " must be 128, 256 or 512, was " + asked + "; using " + preferred
                                + " bits.");
                        yield preferred;
                    }
                };
        if (bits <= preferred) {
            return bits;
        }
        notices.accept("-D" + BITS + "=" + bits + " is wider than this machine; using " + preferred + " bits.");
        return preferred;
    }

    private static String orElse(@Nullable String value, String other) {
        return value == null ? other : value;
    }
}
