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

    void addAll(int[] ids) {
        for (int id : ids) {
            add(id);
        }
    }

    /** Takes the parts of a text: tokens as they are, what lies between them by way of {@code pieces}. */
    AddedTokenSplitter.Parts parts(Pieces pieces) {
        return new AddedTokenSplitter.Parts() {
            @Override
            public void token(int id) {
                add(id);
            }

            @Override
            public void piece(String text, int from, int to, boolean atStart) {
                pieces.piece(text, from, to, atStart);
            }
        };
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
