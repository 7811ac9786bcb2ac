package io.github.hanllama.tokenizer;

import java.util.Arrays;

/** A growing list of token ids. */
final class Ids {
    private int[] values;
    private int size;

    Ids(int capacity) {
        values = new int[Math.max(8, capacity)];
    }

    void add(int id) {
        if (size == values.length) {
            values = Arrays.copyOf(values, size * 2);
        }
        values[size++] = id;
    }

    int size() {
        return size;
    }

    int last() {
        return values[size - 1];
    }

    int[] toArray() {
        return Arrays.copyOf(values, size);
    }
}
