package io.github.hanllama.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import io.github.hanllama.core.error.LlamaException;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/** How bad input has to be refused: in one line, in under a second of CPU, without much garbage. */
public final class Refusals {
    private static final ThreadMXBean MACHINE = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    private static final long MAX_ALLOCATED = 16 << 20;
    private static final Duration MAX_TIME = Duration.ofSeconds(1);

    private Refusals() {}

    /** The message of the exception, which has to be exactly of this kind. */
    public static String inOneLine(Class<? extends LlamaException> kind, Runnable action) {
        return inOneLine(kind, MAX_ALLOCATED, MAX_TIME, action);
    }

    public static String inOneLine(
            Class<? extends LlamaException> kind, long maxAllocated, Duration maxTime, Runnable action) {
        catchThrowableOfType(kind, action::run); // loads the classes, which is not what is measured
        long allocatedBefore = MACHINE.getCurrentThreadAllocatedBytes();
        long before = MACHINE.getCurrentThreadCpuTime();
        LlamaException refusal = catchThrowableOfType(kind, action::run);
        Duration took = Duration.ofNanos(MACHINE.getCurrentThreadCpuTime() - before);
        long allocated = MACHINE.getCurrentThreadAllocatedBytes() - allocatedBefore;
        assertThat(refusal).isNotNull();
        assertThat(took).isLessThan(maxTime);
        assertThat(allocated).isLessThan(maxAllocated);
        assertThat(refusal.getMessage()).doesNotContainPattern("[\\x00-\\x1f]").hasSizeLessThan(2000);
        return refusal.getMessage();
    }
}
