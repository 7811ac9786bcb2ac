package io.github.hanllama.tokenizer;

import java.util.Arrays;

/** Strings, each with a number, laid out so that the longest one at a place of a text is found in one walk. */
final class PrefixTree {
    /** What {@link #longest} answers where no string begins. */
    static final long NONE = -1;

    private static final int ROOT = 0;

    private final IntPairMap children = new IntPairMap(); // (node, char) -> node
    private int[] values = {-1}; // by node, -1 where no string ends
    private int nodes = 1;

    boolean isEmpty() {
        return nodes == 1;
    }

    /** Adds a string that is not empty, or replaces its value. */
    void put(String string, int value) {
        int node = ROOT;
        for (int i = 0; i < string.length(); i++) {
            int child = children.get(node, string.charAt(i));
            if (child == IntPairMap.ABSENT) {
                child = newNode();
                children.put(node, string.charAt(i), child);
            }
            node = child;
        }
        values[node] = value;
    }

    private int newNode() {
        if (nodes == IntPairMap.MAX_KEY) {
            throw new TokenizerException(
                    "expected added tokens of fewer than " + IntPairMap.MAX_KEY + " characters together, found more");
        }
        if (nodes == values.length) {
            values = Arrays.copyOf(values, 2 * nodes);
        }
        values[nodes] = -1;
        return nodes++;
    }

    /** The longest string that begins at {@code from}, as {@code value << 32 | end}. */
    long longest(String text, int from) {
        long found = NONE;
        int node = ROOT;
        for (int end = from; end < text.length(); ) {
            node = children.get(node, text.charAt(end++));
            if (node == IntPairMap.ABSENT) {
                break;
            }
            found = values[node] < 0 ? found : (long) values[node] << 32 | end;
        }
        return found;
    }

    /** Where a string that was found ends. */
    static int end(long found) {
        return (int) found;
    }

    /** The value of a string that was found. */
    static int value(long found) {
        return (int) (found >>> 32);
    }
}
