package io.github.hanllama.fuzz;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What Jazzer calls, in a JVM of its own: {@code -Dfuzz.target} names the target. */
public final class JazzerEntry {
    private static @Nullable FuzzTarget target;

    private JazzerEntry() {}

    public static void fuzzerInitialize() {
        target = Targets.named(Objects.requireNonNull(System.getProperty("fuzz.target"), "-Dfuzz.target"));
    }

    public static void fuzzerTestOneInput(byte[] input) {
        Trial.run(Objects.requireNonNull(target), input);
    }
}
