package io.github.hanllama.quant;

import java.util.Objects;

/** Queries that attend to one head together: where each is, and how many positions it sees. Filled anew for each call. */
public final class AttentionQueries {
    /** Most queries at a time: enough that keys and values, once widened, are used often. */
    public static final int MOST = 32;

    private final int[] at = new int[MOST];
    private final int[] visible = new int[MOST];
    private int count;

    public void clear() {
        count = 0;
    }

    /**
     * Adds one that starts at {@code at} in the arrays of queries and results.
     *
     * @param visible positions it attends to, at least 1, none below that of the one added before
     */
    public void add(int at, int visible) {
        if (visible < (count == 0 ? 1 : this.visible[count - 1])) {
            throw new IllegalArgumentException("a query must see at least what the one before it does, was " + visible);
        }
        this.at[count] = Objects.checkIndex(at, Integer.MAX_VALUE);
        this.visible[count] = visible;
        count++;
    }

    public int count() {
        return count;
    }

    int at(int query) {
        return at[query];
    }

    int visible(int query) {
        return visible[query];
    }

    /** Of the positions from {@code from} to {@code from + most}, how many a query sees. */
    int visible(int query, int from, int most) {
        return Math.clamp(visible[query] - from, 0, most);
    }

    /** What the one that sees most sees. */
    public int longest() {
        return count == 0 ? 0 : visible[count - 1];
    }
}
