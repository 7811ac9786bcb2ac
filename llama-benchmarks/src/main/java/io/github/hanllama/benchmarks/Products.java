package io.github.hanllama.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The work of kernels that multiply and add, next to the number of calls: JMH prints both per second. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Products {
    /** Gigabytes of what is read from memory; each benchmark says what that is. */
    public double gigabytes;

    /** Two for a multiplication and an addition. */
    public double gigaflops;

    /** JMH starts each iteration from zero. */
    @Setup(Level.Iteration)
    public void reset() {
        gigabytes = 0;
        gigaflops = 0;
    }

    void add(double bytes, double flops) {
        gigabytes += bytes / 1e9;
        gigaflops += flops / 1e9;
    }
}
