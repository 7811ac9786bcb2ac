package io.github.hanllama.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;

/** One input given to one target: it must be refused as documented or used, in little time and with little memory. */
final class Trial {
    static final long MAX_ALLOCATED_BYTES = 64 << 20;
    static final long MAX_CPU_NANOS = 2_000_000_000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    enum Outcome {
        USED,
        REFUSED
    }

    private Trial() {}

    /** @throws AssertionError for anything else than the two outcomes */
    static Outcome run(FuzzTarget target, byte[] input) {
        LongSupplier allocated = THREADS::getCurrentThreadAllocatedBytes;
        LongSupplier cpu = THREADS::getCurrentThreadCpuTime;
        long allocatedBefore = allocated.getAsLong();
        long cpuBefore = cpu.getAsLong();
        Outcome outcome = attempt(target, input);
        boolean heavy = allocated.getAsLong() - allocatedBefore > MAX_ALLOCATED_BYTES
                || cpu.getAsLong() - cpuBefore > MAX_CPU_NANOS;
        if (heavy) { // once more, now that all classes are loaded
            requireLight("bytes allocated", MAX_ALLOCATED_BYTES, allocated, target, input);
            requireLight("nanoseconds of CPU time", MAX_CPU_NANOS, cpu, target, input);
        }
        return outcome;
    }

    private static void requireLight(String what, long most, LongSupplier meter, FuzzTarget target, byte[] input) {
        long before = meter.getAsLong();
        attempt(target, input);
        long taken = meter.getAsLong() - before;
        if (taken > most) {
            throw new AssertionError("expected at most " + most + " " + what + " for an input of " + input.length
                    + " bytes, found " + taken);
        }
    }

    private static Outcome attempt(FuzzTarget target, byte[] input) {
        try {
            target.run(input);
            return Outcome.USED;
        } catch (Exception e) {
            if (target.refusals().stream().noneMatch(refusal -> refusal.isInstance(e))) {
                throw new AssertionError("expected one of " + target.refusals() + ", found " + e, e);
            }
            requireMessage(e);
            return Outcome.REFUSED;
        }
    }

    /** A refusal goes into logs and onto terminals: it says something, and nothing a file could forge lines with. */
    private static void requireMessage(Exception refusal) {
        String message = refusal.getMessage();
        if (message == null || message.isBlank() || message.length() > 20_000) {
            throw new AssertionError("expected a message of bounded length", refusal);
        }
        if (message.codePoints().anyMatch(Character::isISOControl)) {
            throw new AssertionError("expected a message without control characters", refusal);
        }
    }
}
