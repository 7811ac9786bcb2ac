package io.github.hanllama.tokenizer;

import java.util.Arrays;
import java.util.SplittableRandom;

/** A set of byte strings, each with an id; finds the id of a range without copying it. Safe to share once filled. */
final class TokenBytes {
    static final int ABSENT = -1;

    private static final int SEED = new SplittableRandom().nextInt() | 1; // no file can be made to collide

    private byte[] arena = new byte[1 << 10];
    private int used;
    private int size;
    private int[] table = new int[3 << 10]; // slot: id + 1 (0 is free), start, length

    /** Adds a byte string that is not there yet; answers whether it was new. */
    boolean add(byte[] bytes, int id) {
        if (id(bytes, 0, bytes.length) != ABSENT) {
            return false;
        }
        if (used + bytes.length > arena.length) {
            arena = Arrays.copyOf(arena, Math.max(2 * arena.length, used + bytes.length));
        }
        if (6 * ++size > table.length) {
            grow();
        }
        System.arraycopy(bytes, 0, arena, used, bytes.length);
        insert(id + 1, used, bytes.length);
        used += bytes.length;
        return true;
    }

    int id(byte[] bytes, int from, int to) {
        int slot = slot(hash(bytes, from, to));
        for (; table[slot] != 0; slot = next(slot)) {
            int start = table[slot + 1];
            if (Arrays.equals(arena, start, start + table[slot + 2], bytes, from, to)) {
                return table[slot] - 1;
            }
        }
        return ABSENT;
    }

    private void insert(int stored, int start, int length) {
        int slot = slot(hash(arena, start, start + length));
        while (table[slot] != 0) {
            slot = next(slot);
        }
        table[slot] = stored;
        table[slot + 1] = start;
        table[slot + 2] = length;
    }

    private void grow() {
        int[] old = table;
        table = new int[2 * old.length];
        for (int slot = 0; slot < old.length; slot += 3) {
            if (old[slot] != 0) {
                insert(old[slot], old[slot + 1], old[slot + 2]);
            }
        }
    }

    private static int hash(byte[] bytes, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = (Integer.rotateLeft(hash, 5) ^ bytes[i]) * SEED;
        }
        return hash;
    }

    private int slot(int hash) {
        int mixed = hash * 0x9E3779B9;
        return 3 * ((mixed ^ mixed >>> 15) & table.length / 3 - 1); // the number of slots is a power of two
    }

    private int next(int slot) {
        return slot + 3 == table.length ? 0 : slot + 3;
    }
}
