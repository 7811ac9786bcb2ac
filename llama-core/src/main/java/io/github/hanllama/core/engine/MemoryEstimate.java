package io.github.hanllama.core.engine;

/**
 * Memory that a model would take in an engine, known from names, shapes and types before anything is loaded. It counts what
 * must be there for this process alone; files that are mapped while they are read are the system's to take back.
 *
 * @param engine the engine's name
 * @param weights the types it would keep them in, for example {@code "Q4_K and Q6_K"}
 * @param weightBytes matrices as the engine keeps them
 * @param overheadBytes the JVM, the tokenizer, activations and tiles being read, when they take most
 * @param cacheBytesPerPosition of one text, in the type that was asked for
 */
public record MemoryEstimate(
        String engine, String weights, long weightBytes, long overheadBytes, long cacheBytesPerPosition) {
    /** Caches grow by so many positions. */
    private static final int STEP = 32;

    /** At the most while loading, before there is any text. */
    public long loadBytes() {
        return Math.addExact(weightBytes, overheadBytes);
    }

    /** The cache of one text of so many tokens. */
    public long cacheBytes(int positions) {
        return Math.multiplyExact(cacheBytesPerPosition, Math.ceilDiv(positions, STEP) * (long) STEP);
    }

    /** At the most, with one text of so many tokens. */
    public long peakBytes(int positions) {
        return Math.addExact(loadBytes(), cacheBytes(positions));
    }
}
