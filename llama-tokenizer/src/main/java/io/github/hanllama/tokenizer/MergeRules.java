package io.github.hanllama.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Which two neighbouring symbols merge, when, and into which: one flat hash table of symbol pairs, so that encoding never
 * hashes a string. Filled while loading, then only read.
 *
 * <p>It also knows pairs that stand side by side in some piece without merging themselves. No merge can ever cross a place
 * whose two symbols are in no rule at all, hence a text may be cut there and its parts encoded one by one.
 */
final class MergeRules {
    /** The rule of two symbols that have none: a safe place to cut. */
    static final int NONE = IntPairMap.ABSENT;
    /** The rank of what never merges. */
    static final int NEVER = Integer.MAX_VALUE;

    private static final int NEIGHBOURS = 0;

    private final IntPairMap rules = new IntPairMap();
    private final BitSet parts = new BitSet();
    private int[] ranks = new int[64]; // by rule
    private int[] merged = new int[64]; // by rule
    private int count = 1;
    private boolean inOrder = true; // rules ascend with their ranks and can stand for them, which saves a look-up

    MergeRules() {
        ranks[NEIGHBOURS] = NEVER;
    }

    /** The symbols merge into {@code result}; lower ranks go first, of equals the leftmost. */
    void add(int left, int right, int rank, int result) {
        boolean sameAsLast = ranks[count - 1] == rank && merged[count - 1] == result;
        rules.put(left, right, sameAsLast ? count - 1 : newRule(rank, result));
        parts.set(left);
        parts.set(right);
    }

    private int newRule(int rank, int result) {
        if (count == ranks.length) {
            ranks = Arrays.copyOf(ranks, 2 * count);
            merged = Arrays.copyOf(merged, 2 * count);
        }
        inOrder &= count == 1 || rank > ranks[count - 1];
        ranks[count] = rank;
        merged[count] = result;
        return count++;
    }

    /** The symbols stand side by side in some piece; all merges are added before. */
    void addNeighbours(int left, int right) {
        if (of(left, right) == NONE) {
            rules.put(left, right, NEIGHBOURS);
        }
    }

    /** The rule of two neighbouring symbols, or {@link #NONE}. */
    int of(int left, int right) {
        return rules.get(left, right);
    }

    /** When the rule applies: the lowest number first, {@link #NEVER} not at all. */
    int rank(int rule) {
        return rule <= NEIGHBOURS ? NEVER : inOrder ? rule : ranks[rule];
    }

    /** What the two symbols become. */
    int merged(int rule) {
        return merged[rule];
    }

    /** The merges of a byte-level vocabulary, in the order in which they apply: two pieces and a space each. */
    List<String> list(Vocabulary vocabulary) {
        List<int[]> pairs = new ArrayList<>();
        rules.forEach((left, right, rule) -> {
            if (rule > NEIGHBOURS) {
                pairs.add(new int[] {ranks[rule], left, right});
            }
        });
        pairs.sort(Arrays::compare);
        return pairs.stream()
                .map(pair -> vocabulary.piece(pair[1]) + " " + vocabulary.piece(pair[2]))
                .toList();
    }

    /** Whether this symbol merges with any. */
    boolean takes(int symbol) {
        return symbol >= 0 && parts.get(symbol);
    }
}
