package io.github.hanllama.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.hanllama.core.error.LlamaException;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** How bad input has to be refused: in one line, in under a second, without much memory. */
final class Refusals {
    private static final long MAX_HEAP_GROWTH = 16 << 20;
    private static final Duration MAX_TIME = Duration.ofSeconds(1);

    private Refusals() {}

    /** The message of the exception, which has to be exactly of this kind. */
    static String inOneLine(Class<? extends LlamaException> kind, ThrowingCallable action) {
        return inOneLine(kind, MAX_HEAP_GROWTH, MAX_TIME, action);
    }

    static String inOneLine(
            Class<? extends LlamaException> kind, long maxHeapGrowth, Duration maxTime, ThrowingCallable action) {
        catchThrowableOfType(kind, action); // loads the classes, which is not what is measured
        long usedBefore = usedHeap();
        long before = System.nanoTime();
        LlamaException refusal = catchThrowableOfType(kind, action);
        Duration took = Duration.ofNanos(System.nanoTime() - before);
        long growth = usedHeap() - usedBefore;
        assertThat(refusal).isNotNull();
        assertThat(took).isLessThan(maxTime);
        assertThat(growth).isLessThan(maxHeapGrowth);
        assertThat(refusal.getMessage()).doesNotContainPattern("[\\x00-\\x1f]").hasSizeLessThan(2000);
        return refusal.getMessage();
    }

    private static long usedHeap() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
