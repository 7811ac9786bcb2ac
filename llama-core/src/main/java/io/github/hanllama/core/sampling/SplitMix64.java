package io.github.hanllama.core.sampling;

/**
 * The generator of {@link java.util.SplittableRandom}, written out because its whole state, one {@code long}, must be
 * readable to be marked and rolled back.
 */
final class SplitMix64 {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private long state;

    SplitMix64(long seed) {
        state = seed;
    }

    long state() {
        return state;
    }

    void state(long value) {
        state = value;
    }

    /** Uniform in [0, 1), 53 bits. */
    double nextDouble() {
        state += GOLDEN_GAMMA;
        return (mix(state) >>> 11) * 0x1p-53;
    }

    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
