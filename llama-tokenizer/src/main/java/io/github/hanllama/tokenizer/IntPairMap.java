package io.github.hanllama.tokenizer;

import java.util.SplittableRandom;

/** A hash map from a pair of non-negative ints to a non-negative long, without boxes. Safe to share once filled. */
final class IntPairMap {
    /** What {@link #get} answers for a pair that is not there. */
    static final long ABSENT = -1;

    private static final int MIN_CAPACITY = 16;
    private static final long SEED = new SplittableRandom().nextLong() | 1; // no file can be made to collide

    private long[] table = new long[2 * MIN_CAPACITY]; // slot: key + 1 (0 is free), value
    private int size;

    /** Adds the pair or replaces its value. */
    void put(int first, int second, long value) {
        if (4 * ++size > table.length) {
            grow();
        }
        insert(key(first, second), value);
    }

    long get(int first, int second) {
        long key = key(first, second);
        for (int slot = slot(key); table[slot] != 0; slot = next(slot)) {
            if (table[slot] == key) {
                return table[slot + 1];
            }
        }
        return ABSENT;
    }

    private void insert(long key, long value) {
        int slot = slot(key);
        while (table[slot] != 0 && table[slot] != key) {
            slot = next(slot);
        }
        table[slot] = key;
        table[slot + 1] = value;
    }

    private void grow() {
        long[] old = table;
        table = new long[2 * old.length];
        for (int slot = 0; slot < old.length; slot += 2) {
            if (old[slot] != 0) {
                insert(old[slot], old[slot + 1]);
            }
        }
    }

    private static long key(int first, int second) {
        return ((long) first << 32 | second) + 1;
    }

    private int slot(long key) {
        long mixed = (key ^ key >>> 32) * SEED;
        mixed = (mixed ^ mixed >>> 32) * SEED;
        return (int) (mixed >>> 32) * 2 & table.length - 2;
    }

    private int next(int slot) {
        return slot + 2 & table.length - 2;
    }
}
