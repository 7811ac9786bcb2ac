package io.github.hanllama.core;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.OptionalLong;

/** What there is to run on. */
final class Machine {
    private Machine() {}

    /** All the memory that this machine, or the container, has; unknown where the JVM cannot say. */
    static OptionalLong memory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? OptionalLong.of(system.getTotalMemorySize())
                : OptionalLong.empty();
    }
}
