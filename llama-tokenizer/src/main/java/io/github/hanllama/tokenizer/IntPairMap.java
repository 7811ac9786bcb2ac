package io.github.hanllama.tokenizer;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A hash map from a pair of small ints to a small int: one long for each entry, because its users are bound by cache
 * misses. Safe to share once filled.
 */
final class IntPairMap {
    /** Both halves of a key are below. */
    static final int MAX_KEY = 1 << 20;
    /** Values are below. */
    static final int MAX_VALUE = 1 << 23;
    /** What {@link #get} answers for a pair that is not there. */
    static final int ABSENT = -1;

    private static final int KEY_BITS = 20;
    private static final int VALUE_BITS = 24;
    private static final long SEED = new SplittableRandom().nextLong() | 1; // no file can be made to collide

    private static final long FREE = -1; // its value, read like any other, is ABSENT

    private long[] table = new long[16]; // key << VALUE_BITS | value
    private int shift = Long.SIZE - 4;
    private int size;

    IntPairMap() {
        Arrays.fill(table, FREE);
    }

    /** Adds the pair or replaces its value. */
    void put(int first, int second, int value) {
        if (2 * ++size > table.length) {
            grow();
        }
        insert(key(first, second) << VALUE_BITS | value);
    }

    int get(int first, int second) {
        long key = key(first, second);
        long[] entries = table;
        int mask = entries.length - 1;
        for (int slot = slot(key); ; slot++) {
            long entry = entries[slot & mask];
            if (entry >>> VALUE_BITS == key || entry == FREE) {
                return (int) entry << Integer.SIZE - VALUE_BITS >> Integer.SIZE - VALUE_BITS;
            }
        }
    }

    /** Takes one entry. */
    interface Sink {
        void accept(int first, int second, int value);
    }

    /** Hands out every entry, in no order. */
    void forEach(Sink sink) {
        for (long entry : table) {
            if (entry != FREE) {
                long key = entry >>> VALUE_BITS;
                sink.accept((int) (key >>> KEY_BITS), (int) key & MAX_KEY - 1, (int) entry & (1 << VALUE_BITS) - 1);
            }
        }
    }

    private void insert(long entry) {
        int mask = table.length - 1;
        int slot = slot(entry >>> VALUE_BITS);
        while (table[slot & mask] != FREE && table[slot & mask] >>> VALUE_BITS != entry >>> VALUE_BITS) {
            slot++;
        }
        table[slot & mask] = entry;
    }

    private void grow() {
        long[] old = table;
        table = new long[2 * old.length];
        Arrays.fill(table, FREE);
        shift--;
        for (long entry : old) {
            if (entry != FREE) {
                insert(entry);
            }
        }
    }

    private static long key(int first, int second) {
        return (long) first << KEY_BITS | second;
    }

    private int slot(long key) {
        long mixed = key * SEED;
        return (int) ((mixed ^ mixed >>> 32) * SEED >>> shift);
    }
}
