package io.github.hanllama.tokenizer;

import java.util.Arrays;
import java.util.BitSet;

/** Which two neighbouring symbols merge, when, and into which. Filled while loading, then only read. */
final class MergeRules {
    private final IntPairMap ranks = new IntPairMap();
    private int[] mergedByRank = new int[64];
    private final BitSet parts = new BitSet();

    /** The symbols merge into {@code merged}; lower ranks go first. Two pairs of one rank have one result. */
    void add(int left, int right, int rank, int merged) {
        if (rank >= mergedByRank.length) {
            mergedByRank = Arrays.copyOf(mergedByRank, Math.max(rank + 1, 2 * mergedByRank.length));
        }
        mergedByRank[rank] = merged;
        ranks.put(left, right, rank);
        parts.set(left);
        parts.set(right);
    }

    /** The rank, or {@link MergeTable#NEVER}. */
    int rank(int left, int right) {
        int rank = ranks.get(left, right);
        return rank == IntPairMap.ABSENT ? MergeTable.NEVER : rank;
    }

    /** Whether this symbol merges with any. */
    boolean takes(int symbol) {
        return symbol >= 0 && parts.get(symbol);
    }

    int merged(int rank) {
        return mergedByRank[rank];
    }
}
