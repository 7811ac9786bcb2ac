package io.github.hanllama.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The work of kernels that go over numbers one by one, next to the number of calls: JMH prints both per second. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Numbers {
    /** Gigabytes; each benchmark says of what. */
    public double gigabytes;

    /** Weights or activations, in units of 10^9. */
    public double giganumbers;

    /** JMH starts each iteration from zero. */
    @Setup(Level.Iteration)
    public void reset() {
        gigabytes = 0;
        giganumbers = 0;
    }

    void add(double bytes, double numbers) {
        gigabytes += bytes / 1e9;
        giganumbers += numbers / 1e9;
    }
}
