package io.github.hanllama.lora;

/** Numbers as if by chance that follow from what they are for, so that neither tiles nor threads have an influence. */
final class Chance {
    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

    private Chance() {}

    /** In [0, 1). */
    static double of(long seed, int stream, String name, long index) {
        long state = mix(seed + GOLDEN_RATIO) ^ mix(name.hashCode() + GOLDEN_RATIO * (stream + 1));
        return (mix(mix(state) + index * GOLDEN_RATIO) >>> 11) * 0x1p-53;
    }

    /** SplitMix64's. */
    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
