package io.github.hanllama.tokenizer;

import java.util.Arrays;

/**
 * Merges the symbols of one word at a time: always the pair of lowest rank, the leftmost of equals. Short words scan for
 * it; long ones (a text without any break is one word) use a heap and stay within O(n log n). Scratch space of one
 * encoding; belongs to one thread.
 */
final class BpeMerger {
    private static final int SCAN_LIMIT = 32;
    private static final int NO_RANK = MergeTable.NEVER;

    private final MergeRules merges;

    private int[] ids = new int[2 * SCAN_LIMIT];
    private int[] ranks = new int[2 * SCAN_LIMIT]; // of the pair that begins here
    private int[] next = new int[0];
    private int[] previous = new int[0];
    private int size;

    BpeMerger(MergeRules merges) {
        this.merges = merges;
    }

    void add(int symbol) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, 2 * size);
            ranks = new int[2 * size];
        }
        ids[size++] = symbol;
    }

    /** Merges what was added, gives it out and is ready for the next word. */
    void mergeInto(Ids out) {
        if (size <= SCAN_LIMIT) {
            mergeByScan();
        } else {
            mergeByHeap();
        }
        for (int i = 0; i < size; i++) {
            out.add(ids[i]);
        }
        size = 0;
    }

    private void mergeByScan() {
        for (int i = 0; i + 1 < size; i++) {
            ranks[i] = rank(i, i + 1);
        }
        for (int best = lowestRank(); best >= 0; best = lowestRank()) {
            ids[best] = merges.merged(ranks[best]);
            size--;
            System.arraycopy(ids, best + 2, ids, best + 1, size - best - 1);
            System.arraycopy(ranks, best + 2, ranks, best + 1, size - best - 1);
            if (best > 0) {
                ranks[best - 1] = rank(best - 1, best);
            }
            if (best + 1 < size) {
                ranks[best] = rank(best, best + 1);
            }
        }
    }

    private int lowestRank() {
        int best = -1;
        int lowest = NO_RANK;
        for (int i = 0; i + 1 < size; i++) {
            if (ranks[i] < lowest) {
                lowest = ranks[i];
                best = i;
            }
        }
        return best;
    }

    private void mergeByHeap() {
        link();
        MergeHeap heap = new MergeHeap(size);
        for (int i = 0; i + 1 < size; i++) {
            offer(i, heap);
        }
        while (!heap.isEmpty()) {
            int at = heap.position();
            boolean current = ranks[at] == heap.rank(); // else one of the two is already part of another merge
            heap.remove();
            if (current) {
                mergeAt(at, heap);
            }
        }
        compact();
    }

    private void link() {
        if (next.length < size) {
            next = new int[ids.length];
            previous = new int[ids.length];
        }
        for (int i = 0; i < size; i++) {
            next[i] = i + 1;
            previous[i] = i - 1;
        }
        ranks[size - 1] = NO_RANK;
    }

    private void mergeAt(int at, MergeHeap heap) {
        int gone = next[at];
        ids[at] = merges.merged(ranks[at]);
        ranks[gone] = NO_RANK;
        next[at] = next[gone];
        if (next[at] < size) {
            previous[next[at]] = at;
        }
        offer(at, heap);
        if (previous[at] >= 0) {
            offer(previous[at], heap);
        }
    }

    private void offer(int at, MergeHeap heap) {
        ranks[at] = next[at] < size ? rank(at, next[at]) : NO_RANK;
        heap.offer(ranks[at], at);
    }

    private void compact() {
        int kept = 0;
        for (int i = 0; i < size; i = next[i]) {
            ids[kept++] = ids[i];
        }
        size = kept;
    }

    private int rank(int left, int right) {
        return merges.rank(ids[left], ids[right]);
    }
}
