package io.github.hanllama.quant;

import java.util.Optional;

/** Whether this JVM is one to compute on. */
public final class JvmCheck {
    /** JDK-8377811: before it, G1 may corrupt arrays that native code holds. */
    private static final Runtime.Version FLOOR = Runtime.Version.parse("25.0.3");

    private JvmCheck() {}

    /** One sentence for the user when the JVM is older than 25.0.3; empty when all is well. */
    public static Optional<String> warning() {
        return warningFor(Runtime.version());
    }

    static Optional<String> warningFor(Runtime.Version version) {
        return version.compareToIgnoreOptional(FLOOR) >= 0
                ? Optional.empty()
                : Optional.of("This JVM is " + version + "; update to " + FLOOR
                        + " or later: older ones can corrupt arrays that native code holds (JDK-8377811).");
    }
}
