package io.github.hanllama.tokenizer;

import java.util.Arrays;

/**
 * Byte pair encoding of one run of symbols: the pair with the lowest rank merges first, the leftmost of equals, until no
 * pair merges. Scratch space of one encoding; belongs to one thread.
 *
 * <p>Short runs (nearly all) are scanned again after each merge. Long ones use a linked list and a heap, so that a
 * megabyte of one letter takes n log n steps.
 */
final class BpeMerger {
    private static final int INITIAL = 24;
    private static final int SHORT = 32;

    private final MergeRules merges;
    private int[] symbols = new int[INITIAL];
    private int[] rules = new int[INITIAL]; // rules[i]: how symbol i and its right neighbour merge
    private int[] ranks = new int[INITIAL]; // ranks[i]: when they do
    private int size;

    BpeMerger(MergeRules merges) {
        this.merges = merges;
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
            rules = Arrays.copyOf(rules, size * 2);
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

    /** Merges what was added, gives it out and is ready for the next run. */
    void mergeInto(Ids out) {
        merge();
        for (int i = 0; i < size; i++) {
            out.add(symbols[i]);
        }
        clear();
    }

    /** Merges what was added; afterwards {@link #size()} and {@link #symbol} give the result. */
    void merge() {
        for (int i = 0; i + 1 < size; i++) {
            pair(i, i + 1);
        }
        if (size > SHORT) {
            mergeLong();
        } else if (size > 1) {
            mergeShort();
        }
    }

    private void pair(int left, int right) {
        int rule = merges.of(symbols[left], symbols[right]);
        rules[left] = rule;
        ranks[left] = merges.rank(rule);
    }

    private void mergeShort() {
        for (int at = lowestRank(); at >= 0; at = lowestRank()) {
            mergeAt(at);
        }
    }

    /** A method of its own, which the JIT compiler turns into a faster loop: a sixth of all encoding time. */
    private int lowestRank() {
        int best = -1;
        int lowest = MergeRules.NEVER;
        for (int i = 0; i + 1 < size; i++) {
            if (ranks[i] < lowest) {
                lowest = ranks[i];
                best = i;
            }
        }
        return best;
    }

    private void mergeAt(int at) {
        symbols[at] = merges.merged(rules[at]);
        size--;
        for (int i = at + 1; i < size; i++) {
            symbols[i] = symbols[i + 1];
            rules[i] = rules[i + 1];
            ranks[i] = ranks[i + 1];
        }
        if (at > 0) {
            pair(at - 1, at);
        }
        if (at < size - 1) {
            pair(at, at + 1);
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
        ranks[size - 1] = MergeRules.NEVER;
        while (!heap.isEmpty()) {
            int at = heap.position();
            int rank = heap.rank();
            heap.remove();
            if (ranks[at] == rank) { // else outdated: one of the two is already part of another merge
                mergeLinked(at, next, previous, heap);
            }
        }
        compact(next);
    }

    private void mergeLinked(int at, int[] next, int[] previous, MergeHeap heap) {
        int right = next[at];
        symbols[at] = merges.merged(rules[at]);
        ranks[right] = MergeRules.NEVER;
        next[at] = next[right];
        ranks[at] = MergeRules.NEVER;
        if (next[at] < size) {
            previous[next[at]] = at;
            pair(at, next[at]);
            heap.offer(ranks[at], at);
        }
        int left = previous[at];
        if (left >= 0) {
            pair(left, at);
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
