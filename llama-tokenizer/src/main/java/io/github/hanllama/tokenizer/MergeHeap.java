package io.github.hanllama.tokenizer;

import java.util.Arrays;

/** A binary heap of places to merge, the lowest rank first and the leftmost among equals, packed into longs. */
final class MergeHeap {
    private long[] entries;
    private int size;

    MergeHeap(int capacity) {
        entries = new long[capacity];
    }

    boolean isEmpty() {
        return size == 0;
    }

    int rank() {
        return (int) (entries[0] >>> 32);
    }

    int position() {
        return (int) entries[0];
    }

    /** Adds a place unless its rank is {@link MergeRules#NEVER}. */
    void offer(int rank, int position) {
        if (rank == MergeRules.NEVER) {
            return;
        }
        if (size == entries.length) {
            entries = Arrays.copyOf(entries, size * 2);
        }
        siftUp((long) rank << 32 | position);
    }

    void remove() {
        long last = entries[--size];
        if (size > 0) {
            siftDown(last);
        }
    }

    private void siftUp(long entry) {
        int i = size++;
        while (i > 0 && entries[(i - 1) >>> 1] > entry) {
            entries[i] = entries[(i - 1) >>> 1];
            i = (i - 1) >>> 1;
        }
        entries[i] = entry;
    }

    private void siftDown(long entry) {
        int i = 0;
        for (int child = 1; child < size; child = 2 * i + 1) {
            if (child + 1 < size && entries[child + 1] < entries[child]) {
                child++;
            }
            if (entries[child] >= entry) {
                break;
            }
            entries[i] = entries[child];
            i = child;
        }
        entries[i] = entry;
    }
}
