package io.github.hanllama.tokenizer;

import java.util.Arrays;

/**
 * Byte pair encoding of one run of symbols: the pair with the best rank merges first, the leftmost among equals, until
 * no pair merges. Belongs to one call; the buffers grow with the longest run.
 *
 * <p>Short runs (nearly all) are scanned again after each merge. Long ones use a linked list and a heap, so that a
 * megabyte of one letter takes n log n steps.
 */
final class BytePairMerger {
    private static final int INITIAL = 24;
    private static final int SHORT = 48;

    private final MergeTable table;
    private int[] symbols = new int[INITIAL];
    private int[] merged = new int[INITIAL]; // merged[i]: what symbols i and its right neighbour become
    private int[] ranks = new int[INITIAL]; // ranks[i]: when they do
    private int size;

    BytePairMerger(MergeTable table) {
        this.table = table;
    }

    int size() {
        return size;
    }

    int symbol(int index) {
        return symbols[index];
    }

    void clear() {
        size = 0;
    }

    void add(int symbol) {
        if (size == symbols.length) {
            symbols = Arrays.copyOf(symbols, size * 2);
            merged = Arrays.copyOf(merged, size * 2);
            ranks = Arrays.copyOf(ranks, size * 2);
        }
        symbols[size++] = symbol;
    }

    /** Of the symbols added. */
    int hash() {
        int hash = 0;
        for (int i = 0; i < size; i++) {
            hash = 31 * hash + symbols[i];
        }
        return hash;
    }

    private void setPair(int index, int pair) {
        merged[index] = pair;
        ranks[index] = table.rank(pair);
    }

    /** Merges what was added; afterwards {@link #size()} and {@link #symbol} give the result. */
    void merge() {
        for (int i = 0; i + 1 < size; i++) {
            setPair(i, table.merged(symbols[i], symbols[i + 1]));
        }
        if (size > SHORT) {
            mergeLong();
        } else if (size > 1) {
            mergeShort();
        }
    }

    private void mergeShort() {
        while (true) {
            int best = MergeTable.NEVER;
            int at = 0;
            for (int i = 0; i < size - 1; i++) {
                if (ranks[i] < best) {
                    best = ranks[i];
                    at = i;
                }
            }
            if (best == MergeTable.NEVER) {
                return;
            }
            mergeAt(at);
        }
    }

    private void mergeAt(int at) {
        symbols[at] = merged[at];
        size--;
        for (int i = at + 1; i < size; i++) {
            symbols[i] = symbols[i + 1];
            merged[i] = merged[i + 1];
            ranks[i] = ranks[i + 1];
        }
        if (at > 0) {
            setPair(at - 1, table.merged(symbols[at - 1], symbols[at]));
        }
        if (at < size - 1) {
            setPair(at, table.merged(symbols[at], symbols[at + 1]));
        }
    }

    private void mergeLong() {
        int[] next = new int[size];
        int[] previous = new int[size];
        MergeHeap heap = new MergeHeap(size);
        for (int i = 0; i < size; i++) {
            next[i] = i + 1;
            previous[i] = i - 1;
            if (i < size - 1) {
                heap.offer(ranks[i], i);
            }
        }
        ranks[size - 1] = MergeTable.NEVER;
        while (!heap.isEmpty()) {
            int at = heap.position();
            int rank = heap.rank();
            heap.remove();
            if (ranks[at] == rank) { // else outdated: one of the two is already part of another merge
                link(at, next, previous, heap);
            }
        }
        compact(next);
    }

    private void link(int at, int[] next, int[] previous, MergeHeap heap) {
        int right = next[at];
        symbols[at] = merged[at];
        ranks[right] = MergeTable.NEVER;
        next[at] = next[right];
        ranks[at] = MergeTable.NEVER;
        if (next[at] < size) {
            previous[next[at]] = at;
            setPair(at, table.merged(symbols[at], symbols[next[at]]));
            heap.offer(ranks[at], at);
        }
        int left = previous[at];
        if (left >= 0) {
            setPair(left, table.merged(symbols[left], symbols[at]));
            heap.offer(ranks[left], left);
        }
    }

    private void compact(int[] next) {
        int kept = 0;
        for (int i = 0; i < size; i = next[i]) {
            symbols[kept++] = symbols[i];
        }
        size = kept;
    }
}
